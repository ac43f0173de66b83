export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type WorkflowCondition,
} from './gateway.js';
export { draftPrd, type DraftedPrd, type DraftPrdRequest } from './draft-prd.js';
export type { ResumeRequest } from '../contracts/index.js';
export type { Steering } from './steering.js';
export { followRun, type FollowOptions } from './follow.js';
export type { EventPort, RecordList, RunRecordPort } from './ports.js';
export { executeMerge, type MergeStart } from './merge-run.js';
export { probeModel, type ProbeRequest } from './probe-model.js';
