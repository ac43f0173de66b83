export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type WorkflowCondition,
} from './gateway.js';
export { draftPrd, type DraftedPrd, type DraftPrdRequest } from './draft-prd.js';
export { followRun, type FollowOptions } from './follow.js';
export type { EventPort, RunRecordPort } from './ports.js';
