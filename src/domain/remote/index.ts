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
  isTerminal,
  taskArtifactSchema,
  taskMessageSchema,
  taskPartSchema,
  taskPlaceSchema,
  taskRequestSchema,
  taskSkillSchema,
  taskStateSchema,
} from './remote-task.js';
export { type TaskUpdate, type TaskView, taskUpdateSchema, taskViewSchema } from './task-view.js';
export {
  type PushConfig,
  type PushStatus,
  pushConfigSchema,
  pushStatusSchema,
} from './push-config.js';
