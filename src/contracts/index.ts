export {
  ralphInputSchema,
  storyInputSchema,
  storyResultSchema,
  WORKFLOW_TYPES,
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
export { AGENT_STATUS_QUERY, RUN_STATUS_QUERY } from './messages.js';
export { COORDINATOR_QUEUE, hostQueue } from './task-queues.js';
export { SEARCH_ATTRIBUTES, type SearchAttributeName } from './search-attributes.js';
export {
  ACTIVITY_POLICIES,
  DEFAULT_BASH_TIMEOUT_MS,
  WORKFLOW_TASK_TIMEOUT_MS,
  type ActivityPolicy,
} from './activity-options.js';
export { BUILD_TOOLS, DEFAULTS } from './defaults.js';
