export { type ChildActivities, createChildActivities } from './children/child-activities.js';
export { type MergeActivities, createMergeActivities } from './landing/merge-activities.js';
export { type RecordActivities, createRecordActivities } from './landing/record-activities.js';
export type { Hold } from './lib/step.js';
export type { CallModelResult } from './model/call-model.js';
export type { CompactConversationResult } from './model/compact-conversation.js';
export type { AgentTexts } from './definitions/frozen-for.js';
export { freezeAgent } from './model/frozen-agent.js';
export { type ModelActivities, createModelActivities } from './model/model-activities.js';
export { type ProbeActivities, createProbeActivities } from './model/probe-activities.js';
export { type DeliveryTry, type NoticeDelivery, deliverNotice } from './notify/deliver-notice.js';
export {
  type NotifyActivities,
  type NotifyDependencies,
  createNotifyActivities,
} from './notify/notify-activities.js';
export { type DraftActivities, createDraftActivities } from './draft/draft-activities.js';
export {
  type PushActivities,
  type PushDependencies,
  createPushActivities,
} from './push/deliver-push.js';
export { type RalphActivities, createRalphActivities } from './ralph-activities.js';
export {
  type SubAgentActivities,
  createSubAgentActivities,
} from './sub-agents/sub-agent-activities.js';
export { type ToolActivities, createToolActivities } from './tool/tool-activities.js';
export { type SessionActivities, createSessionActivities } from './session/session-activities.js';
export { type ScriptActivities, createScriptActivities } from './script/script-activities.js';
export { type SwarmActivities, createSwarmActivities } from './swarm/swarm-activities.js';
export type { KnownAnswer, ReplMark } from './rlm/find-repl-mark.js';
export type { CellResult } from './rlm/run-cell.js';
export { type RlmActivities, createRlmActivities } from './rlm/rlm-activities.js';
export {
  type TaskActivities,
  type TaskDesk,
  createTaskActivities,
} from './remote/task-activities.js';
