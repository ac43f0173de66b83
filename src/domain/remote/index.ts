export { type TaskFold, beginFold, foldEvent, viewOf } from './project-task.js';
export {
  ALL_SCOPES,
  type AccessToken,
  MOST_TOKENS,
  TASK_SKILLS,
  type TokenScope,
  accessTokenSchema,
  runScope,
  tokenScopeSchema,
} from './access-token.js';
export {
  type AutoApprove,
  type TaskArtifact,
  type TaskMessage,
  type TaskPart,
  type TaskPlace,
  type TaskRequest,
  type TaskSkill,
  type TaskState,
  autoApproveSchema,
  taskPlaceSchema,
  isTerminal,
  taskArtifactSchema,
  taskMessageSchema,
  taskRequestSchema,
  taskSkillSchema,
  taskStateSchema,
} from './remote-task.js';
export { taskOptions, taskOptionsDocument } from './task-options.js';
export { type TaskUpdate, type TaskView, taskViewSchema } from './task-view.js';
export { type PushConfig, type PushStatus, pushConfigSchema } from './push-config.js';
export { isLastPush, pushBody, type Pushed, pushedNumber } from './push-body.js';
export {
  EVENT_SEQUENCE,
  REST_PATH,
  TASK_ORDER,
  wireEvent,
  type WireParts,
  type WirePlace,
  wireState,
  wireTask,
} from './wire-event.js';
export {
  type PushOrder,
  type PushRecord,
  pushOrderSchema,
  pushProgressSchema,
  pushRecordSchema,
} from './push-record.js';
export {
  type RemoteAgent,
  a2aSecretName,
  gitSecretName,
  remoteAgentSchema,
} from './remote-agent.js';
export {
  hasEnded,
  isAtRest,
  partsText,
  type RemoteArtifact,
  type RemoteMessage,
  type RemotePart,
  type RemoteTask,
} from './remote-reply.js';
