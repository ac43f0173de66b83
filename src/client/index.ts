export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type WorkflowCondition,
} from './gateway.js';
export { followRun, type FollowOptions } from './follow.js';
export type { EventPort, RunRecordPort } from './ports.js';
export { executeMerge, type MergeStart } from './merge-run.js';
