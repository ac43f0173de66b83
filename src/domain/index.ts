export {
  CodetetherError,
  describeError,
  describeLocation,
  InfrastructureError,
  InvalidInputError,
  InvariantError,
  type ErrorDetails,
  type ErrorLocation,
  type ErrorReport,
  type ExitCode,
} from './error.js';
export { blobRefSchema, type BlobRef } from './blob.js';
export {
  seenFileSchema,
  toolAccessSchema,
  toolCallSchema,
  toolCallSummarySchema,
  toolExecutionSchema,
  toolResultSchema,
  type SeenFile,
  type ToolAccess,
  type ToolCall,
  type ToolCallSummary,
  type ToolExecution,
  type ToolResult,
} from './tool-call.js';
export {
  CHECKPOINT_INTERVAL,
  conversationNodeSchema,
  messageSchema,
  newMessageSchema,
  type AssistantMessage,
  type ConversationNode,
  type Message,
  type NewMessage,
} from './conversation.js';
export {
  addCost,
  addUsage,
  finishReasonSchema,
  formatModelReference,
  modelReferenceSchema,
  parseModelReference,
  usageSchema,
  ZERO_USAGE,
  type FinishReason,
  type ModelReference,
  type Usage,
} from './model.js';
export { formatStepKey, stepKeySchema, type StepKey } from './step.js';
export { workspaceIdSchema, workspaceRefSchema, type WorkspaceId, type WorkspaceRef } from './workspace.js';
export { eventTypeSchema, runEventSchema, type EventType, type RunEvent } from './event.js';
