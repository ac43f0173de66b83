export {
  createModelActivities,
  type ModelActivities,
  type ModelActivityDependencies,
  type ToolCatalogue,
} from './model-activities.js';
export {
  callModelInputSchema,
  callModelResultSchema,
  compactConversationInputSchema,
  compactConversationResultSchema,
  type CallModelInput,
  type CallModelResult,
  type CompactConversationInput,
  type CompactConversationResult,
} from './model-call.js';
export {
  createConversationChain,
  type ConversationChain,
  type ConversationGrowth,
  type ConversationHead,
} from './conversation-chain.js';
export {
  createPrdActivities,
  type DraftPrdCall,
  type DraftPrdReply,
  type PrdActivities,
  type PrdActivityDependencies,
} from './prd-activities.js';
export { toApplicationFailure } from './failure.js';
export { startHeartbeat, type Heartbeat } from './heartbeat.js';
export { BUILD_SYSTEM_PROMPT } from './system-prompt.js';
export { createRalphActivities, type RalphActivities } from './ralph-activities.js';
export { createRecordActivities, type RecordActivities } from './record-activities.js';
export type { RalphDependencies } from './ralph/dependencies.js';
export { createToolActivities, type ToolActivities } from './tool-activities.js';
export {
  createToolCallExecutor,
  executeToolInputSchema,
  type CallSurroundings,
  type ExecuteToolInput,
  type ToolActivityDependencies,
  type ToolCallExecutor,
} from './tool-call-executor.js';
export { createMergeActivities, type MergeActivities } from './merge-activities.js';
export {
  createNotifyActivities,
  type NotifyActivities,
  type NotifyDependencies,
} from './notify-activities.js';
export {
  createProbeActivities,
  type ProbeActivities,
  type ProbeActivityDependencies,
} from './probe-activities.js';
export { withFittingResults } from './fitting-results.js';
