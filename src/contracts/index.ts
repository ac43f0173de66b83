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
export { mergeInputSchema, mergeResultSchema, type MergeInput, type MergeResult } from './merge.js';
