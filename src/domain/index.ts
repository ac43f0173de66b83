export { planDifference, runPlanSchema, type PlanClaim, type RunPlan } from './run-plan.js';
export { spentCallSchema, withOpenSpending, type SpentCall } from './spent-call.js';
export { boundedRecord, jsonBytes, MESSAGE_LIMIT_BYTES } from './run-view.js';
export {
  CodetetherError,
  describeError,
  describeLocation,
  InfrastructureError,
  InvalidInputError,
  InvariantError,
  type ErrorDetails,
  type ErrorLocation,
  type ErrorReport,
  type ExitCode,
} from './error.js';
export { MESSAGE_LIMIT, modelText, RESULT_LIMIT } from './text/model-text.js';
export { formatBytes } from './text/format-bytes.js';
export { trimEndOf, trimOf } from './text/trim.js';
export { visible, visibleJson, visibleLine } from './text/visible.js';
export { blobRefSchema, type BlobRef } from './blob.js';
export {
  seenFileSchema,
  toolAccessSchema,
  toolCallSchema,
  toolCallSummarySchema,
  toolExecutionSchema,
  toolResultSchema,
  type SeenFile,
  type ToolAccess,
  type ToolCall,
  type ToolCallSummary,
  type ToolExecution,
  type ToolResult,
} from './tool-call.js';
export {
  CHECKPOINT_INTERVAL,
  conversationNodeSchema,
  fittingMessage,
  messageSchema,
  newMessageSchema,
  type AssistantMessage,
  type ConversationNode,
  type Message,
  type NewMessage,
} from './conversation.js';
export {
  addCost,
  addUsage,
  finishReasonSchema,
  formatModelReference,
  modelReferenceSchema,
  parseModelReference,
  usageSchema,
  ZERO_USAGE,
  type FinishReason,
  type ModelReference,
  type Usage,
} from './model.js';
export { formatStepKey, stepKeySchema, type StepKey } from './step.js';
export {
  workspaceIdSchema,
  workspaceRefSchema,
  type WorkspaceId,
  type WorkspaceRef,
} from './workspace.js';
export { eventTypeSchema, runEventSchema, type EventType, type RunEvent } from './event.js';
export {
  addBudget,
  addUse,
  budgetLeft,
  budgetSchema,
  budgetSlice,
  covers,
  describeBudget,
  isUnlimited,
  NO_BUDGET,
  NO_USE,
  type Budget,
  type BudgetUse,
} from './budget.js';
export {
  fileExistsStepSchema,
  shellStepSchema,
  urlStepSchema,
  verificationRuns,
  verificationStepSchema,
  type VerificationRun,
  type VerificationStep,
} from './verification.js';
export {
  describeRefusals,
  describeTraffic,
  egressTrafficSchema,
  setupNetworkSchema,
  type EgressTraffic,
  type SetupNetwork,
  describeSetupFailure,
  isSetupInput,
  looksLikeFullDisk,
  looksLikeNetworkFailure,
  networkCause,
  NO_SETUP,
  setupLimitMs,
  setupRelevantPart,
  setupReportSchema,
  setupStepSchema,
  workspaceSetupSchema,
  type SetupFailure,
  type SetupReport,
  type SetupStep,
  type WorkspaceSetup,
} from './workspace-setup.js';
export {
  baselineSchema,
  CHECK_ORDER,
  checkDefinitionsSchema,
  checkSchema,
  evidenceSchema,
  isAcceptable,
  isPassing,
  isProven,
  proofSchema,
  type Baseline,
  type Check,
  type Evidence,
  type Proof,
} from './check.js';
export {
  explainLeftOut,
  leftOutSchema,
  listLeftOut,
  sortLeftOut,
  type LeftOut,
} from './left-out.js';
export { proofLimitMs, SERVER_GRACE_MS, STEP_TIMEOUT_MS, type ProofSize } from './proof-limit.js';
export { areKnownFailures, failureLines, newFailures } from './check-failures.js';
export { definesCheck, mayNameScripts, scriptsOf } from './check-scripts.js';
export {
  isCheckDefinition,
  isManifest,
  restoreManifestChecks,
  restorePackageChecks,
  restorePyprojectChecks,
} from './check-definitions.js';
export {
  isSatisfied,
  nextStory,
  plannedOrder,
  storySchema,
  storyStatusSchema,
  strandedStories,
  type Story,
  type StoryStanding,
  type StoryStatus,
} from './story.js';
export {
  isCodetetherError,
  PrdInvalidError,
  prdFormatSchema,
  prdSchema,
  type FieldPath,
  type LineLocator,
  type Prd,
  type PrdFormat,
  type PrdNote,
  type PrdProblem,
} from './prd/prd.js';
export { branchNameProblem, branchSlug } from './prd/branch-name.js';
export { parsePrd } from './prd/json/json-prd.js';
export { findStoryMarks, type StoryMark } from './prd/json/story-list.js';
export { findMarkdownStory, parseMarkdownPrd } from './prd/markdown/markdown-prd.js';
export type { MarkdownStory } from './prd/markdown/markdown-story.js';
export { withTick } from './prd/markdown/markdown-lines.js';
export { withoutDoneMark } from './prd/markdown/story-heading.js';
export { isTaskFile, taskFileStatus } from './prd/markdown/task-file.js';
export { findTaskLineMark, parseTaskLines, type TaskLineMark } from './prd/json/task-lines.js';
export { mergeStories, type MergedStories } from './prd/merge-stories.js';
export { prdTemplate } from './prd/template.js';
export { renderPrd } from './prd/render-prd.js';
export { parseDuration, parseMoment } from './moment.js';
export { formatTodos, todoSchema, todoWriteSchema, type Todo } from './todo.js';
export {
  INITIAL_STALL_STATE,
  observeTurn,
  stallStateSchema,
  type StallObservation,
  type StallState,
  type StallVerdict,
} from './stall.js';
export {
  agentInputSchema,
  agentLimitsSchema,
  agentOutcomeSchema,
  agentResultSchema,
  agentSpendingSchema,
  agentStateSchema,
  spendingUse,
  storyDoneSchema,
  type AgentInput,
  type AgentLimits,
  type AgentResult,
  type AgentSpending,
  type AgentState,
  type StoryDone,
} from './agent.js';
export {
  addSpending,
  attemptRecordSchema,
  isEnded,
  mergeRecordSchema,
  ralphOptionsSchema,
  runDocument,
  runRecordSchema,
  runSpending,
  runStatusSchema,
  storyRecordSchema,
  storySpending,
  toUsd,
  ZERO_SPENDING,
  type AttemptRecord,
  type MergeRecord,
  type RalphOptions,
  type RunRecord,
  type RunStatus,
  type StoryRecord,
} from './run.js';
export {
  isWebhookAddress,
  NOTIFY_EVENTS,
  notificationDocument,
  notificationResultSchema,
  notifyEventSchema,
  notifySettingsSchema,
  type NotificationResult,
  type NotifyEvent,
  type NotifySettings,
} from './notification.js';
export {
  evidenceOutputs,
  formatUsd,
  nextSteps,
  type NextStep,
  type OutputExcerpts,
} from './report/format.js';
export { reportDocument } from './report/document.js';
export { renderHtmlReport } from './report/html.js';
export { renderReport } from './report/markdown.js';
export { renderPullRequest, type PullRequestText } from './report/pull-request.js';
export {
  CUSTOM_PROVIDER,
  PROVIDER_TABLE,
  PROVIDER_WIRES,
  providerNames,
  TOOL_MODES,
  type ToolMode,
  resolveProviderEntry,
  type PriceSettings,
  type ProviderEntry,
  type ProviderQuirks,
  type ProviderSettings,
  type ProviderWire,
} from './provider.js';
export {
  RETIRED_MODELS,
  retirementNote,
  retirementOf,
  type RetiredModel,
} from './retired-model.js';
export {
  planServedBundles,
  servedBundlesSchema,
  servedQueues,
  type QueueFinding,
  type ServedBundles,
  type ServedQueue,
} from './served-bundles.js';
export { suggestedModel } from './suggested-model.js';
export type { VaultAuth, VaultConnection } from './vault-connection.js';
export { REGISTRY_HOSTS, withCompanions } from './registry-hosts.js';
