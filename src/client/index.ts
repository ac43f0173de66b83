export { type DraftedPrd, type DraftedScript, draftPrd, draftScript } from './drafts.js';
export { followPrompt, storyOfTurn } from './follow-prompt.js';
export { followRun } from './follow.js';
export { followSession } from './follow-session.js';
export { type Gateway, createGateway } from './gateway.js';
export { executeMerge } from './merge-run.js';
export { isOpen, operatorHolds, outsideEnd } from './operator.js';
export type { EventPort, RecordList, RunRecordPort } from './ports.js';
export { planOfRalph } from './start-ralph.js';
export { planOfSession, sessionWorkflowId } from './start-session.js';
export { planOfRlm } from './start-rlm.js';
export { planOfSwarm } from './start-swarm.js';
export { probeModel } from './probe-model.js';
export type {
  TaskCaller,
  TaskEvent,
  TaskFilter,
  TaskOrder,
  TaskPage,
  TaskService,
} from './tasks/task-service.js';
export type { PushEntry, PushService } from './tasks/push-service.js';
export { createTaskService } from './tasks/create-task-service.js';
export { countOpenTasks } from './tasks/task-room.js';
export type { TaskPort } from './ports.js';
export { createPushService, type PushOutbox } from './tasks/push-outbox.js';
