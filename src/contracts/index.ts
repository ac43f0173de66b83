export {
  ACTIVITY_POLICIES,
  type ActivityPolicy,
  DEFAULT_BASH_TIMEOUT_MS,
  WORKFLOW_TASK_TIMEOUT_MS,
} from './activity-options.js';
export {
  DEFAULT_SUB_AGENTS,
  TASK_AGENTS,
  type TaskAgent,
  buildProfile,
  handingOn,
  rlmProfile,
  taskProfile,
  taskTools,
  withinLimits,
} from './agent-profiles.js';
export {
  DRAFT_CALLS,
  type DraftPrdInput,
  type PrdDraft,
  type RepositoryOutline,
  draftPrdInputSchema,
  prdDraftSchema,
} from './draft-prd.js';
export {
  type DraftScriptInput,
  type ScriptDraft,
  draftScriptInputSchema,
  scriptDraftSchema,
} from './draft-script.js';
export { BUILD_TOOLS, DEFAULTS, HOST_TOOLS, REPL_TOOLS } from './light/defaults.js';
export { type MergeInput, type MergeResult, mergeInputSchema, mergeResultSchema } from './merge.js';
export {
  AGENT_SIGNALS,
  type AgentStatus,
  type LeaseRequest,
  MESSAGE_DESCRIPTIONS,
  RUN_UPDATES,
  type ResumeRequest,
  type StandstillReport,
  addStoryRequestSchema,
  agentMessageSchema,
  agentStatusQuery,
  answerRequestSchema,
  leaseGrantSchema,
  leaseRequestSchema,
  leaseRequestSignal,
  pauseRequestSchema,
  resumeRequestSchema,
  runStatusQuery,
  standstillSchema,
  standstillSignal,
  stopSignal,
  storyRequestSchema,
} from './messages.js';
export { type ProbeInput, type ProbeResult, probeInputSchema, probeResultSchema } from './probe.js';
export { type ProofInput, proofInputSchema } from './proof.js';
export {
  CHAT_PROMPT,
  PROMPTS_PER_EXECUTION,
  type RewindRequest,
  SESSION_UPDATES,
  type SayRequest,
  type SessionInput,
  type TakenPrompt,
  rewindRequestSchema,
  sayRequestSchema,
  sessionInputSchema,
} from './session.js';
export { STEPS } from './steps.js';
export { type RlmInput, earlierQuestionsSchema, rlmInputSchema } from './rlm.js';
export { type SwarmInput, type SwarmOutline, SWARM_EDITION, swarmInputSchema } from './swarm.js';
export { OPEN_WORKFLOWS, SEARCH_ATTRIBUTES, hostQueue } from './temporal-names.js';
export {
  type Conflict,
  RUN_FAILED,
  conflictSchema,
  type RalphInput,
  type StoryInput,
  type StoryResult,
  WORKFLOW_TYPES,
  ralphInputSchema,
  storyInputSchema,
} from './workflow-types.js';
export {
  type ClosedTask,
  type OpenedTask,
  type RemoteTaskInput,
  TASK_UPDATES,
  remoteTaskInputSchema,
  tellTaskSchema,
} from './remote-task.js';
export { PUSH_ACTIVITY, PUSH_TIMES, pushActivityId } from './push.js';
