export {
  conflictSchema,
  ralphInputSchema,
  storyInputSchema,
  storyResultSchema,
  WORKFLOW_TYPES,
  type Conflict,
  type RalphInput,
  type StoryInput,
  type StoryResult,
  type WorkflowSignatures,
} from './workflow-types.js';
export {
  DRAFT_CALLS,
  draftPrdInputSchema,
  prdDraftSchema,
  repositoryOutlineSchema,
  type DraftPrdInput,
  type PrdDraft,
  type RepositoryOutline,
} from './draft-prd.js';
export {
  addStoryRequestSchema,
  AGENT_SIGNALS,
  AGENT_STATUS_QUERY,
  answerRequestSchema,
  leaseGrantSchema,
  leaseRequestSchema,
  OWNER_SIGNALS,
  pauseRequestSchema,
  resumeRequestSchema,
  RUN_STATUS_QUERY,
  RUN_UPDATES,
  standstillSchema,
  storyRequestSchema,
  type LeaseRequest,
  type ResumeRequest,
  type StandstillReport,
} from './messages.js';
export { probeInputSchema, probeResultSchema, type ProbeInput, type ProbeResult } from './probe.js';
export { COORDINATOR_QUEUE, hostQueue } from './task-queues.js';
export { SEARCH_ATTRIBUTES, type SearchAttributeName } from './search-attributes.js';
export {
  ACTIVITY_POLICIES,
  DEFAULT_BASH_TIMEOUT_MS,
  WORKFLOW_TASK_TIMEOUT_MS,
  type ActivityPolicy,
} from './activity-options.js';
export { BUILD_TOOLS, DEFAULTS } from './defaults.js';
export { mergeInputSchema, mergeResultSchema, type MergeInput, type MergeResult } from './merge.js';
