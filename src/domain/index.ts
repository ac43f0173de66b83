export { type CheckWord, checkWord, saysAbsent } from './absent/absence.js';
export type { CheckTree } from './absent/check-tree.js';
export {
  type AgentProfile,
  type EndRuleName,
  type FrozenProfile,
  frozenInto,
  frozenProfileSchema,
} from './agent/agent-profile.js';
export {
  type AgentInput,
  type AgentResult,
  type AgentSpending,
  type AgentState,
  type StoryDone,
  agentResultSchema,
  agentSpendingSchema,
  profileOf,
  spendingUse,
  storyDoneSchema,
} from './agent/agent.js';
export {
  type AssistantMessage,
  CHECKPOINT_INTERVAL,
  type ConversationNode,
  type Message,
  type NewMessage,
  conversationNodeSchema,
  fittingMessage,
  newMessageSchema,
} from './agent/conversation.js';
export { type Attachment, type Picture, pictureType } from './agent/attachment.js';
export { MOST_ATTACHMENTS, pictureSchema } from './agent/attachment.js';
export { joinedOnce } from './agent/joined-once.js';
export { MOST_DENIALS, type RuleNote } from './agent/denial.js';
export { MOST_REACHES, reachOf, type Reach, type Reaches } from './agent/reach.js';
export {
  type McpServer,
  type McpToolName,
  mcpSecretName,
  mcpServerSchema,
  mcpToolName,
  mcpToolRights,
  parseMcpToolName,
} from './agent/mcp-server.js';
export {
  type FinishReason,
  type ModelReference,
  type Usage,
  ZERO_USAGE,
  addCost,
  addUsage,
  finishReasonSchema,
  formatModelReference,
  modelReferenceSchema,
  parseModelReference,
  usageSchema,
} from './agent/model.js';
export {
  MOST_ASSUMPTIONS,
  type OpenQuestion,
  type QuestionCall,
  questionRulesSchema,
  type QuestionRules,
  isYes,
  questionCallSchema,
  questionLine,
  unansweredOf,
} from './agent/question.js';
export { INITIAL_STALL_STATE, type StallObservation, observeTurn } from './agent/stall.js';
export {
  type ForkFacts,
  MOST_SUB_AGENTS,
  type SubAgentLimits,
  forkOf,
} from './agent/sub-agents.js';
export { agentCallSchema } from './agent/agent-call.js';
export { type TaskCall, type TaskWorker, taskCallSchema, taskWorker } from './agent/task-call.js';
export { ralphCallSchema } from './agent/ralph-call.js';
export { planEnterSchema, planExitSchema } from './agent/plan-call.js';
export { type Todo, formatTodos, todoSchema, todoWriteSchema } from './agent/todo.js';
export {
  askedPersonSchema,
  type AskedPerson,
  type CallFollowUp,
  type ContinuedCall,
  type ParkedAnswer,
  type SeenFile,
  type ToolAccess,
  type ToolCall,
  type ToolCallSummary,
  type ToolExecution,
  type ToolResult,
  callFollowUpSchema,
  continuedCallSchema,
  parkedAnswerSchema,
  seenFileSchema,
  toolCallSummarySchema,
  toolResultSchema,
} from './agent/tool-call.js';
export { type BlobRef, blobRefSchema } from './blob.js';
export {
  BUILD_CACHE_TOOLS,
  type CacheLayer,
  type DetectedCaches,
  type PlannedCache,
  cacheRows,
  cacheVariables,
  detectCaches,
} from './build-cache.js';
export {
  type Definitions,
  NO_DEFINITIONS,
  definitionsBelow,
  definitionsSchema,
  isUndefined,
} from './definitions/definitions.js';
export {
  type Envelope,
  NO_ENVELOPE,
  envelopeSchema,
  stricterEnvelope,
} from './definitions/envelope.js';
export {
  type Hook,
  type HookEvent,
  type HookRun,
  MOST_HOOKS,
  hookEventSchema,
  hookRunSchema,
  hookSchema,
  hooksFor,
} from './definitions/hook.js';
export {
  BUILT_IN_AGENTS,
  MOST_AGENTS,
  type NamedAgent,
  agentNameSchema,
  namedAgentSchema,
  permissionsOf,
  toldTools,
} from './definitions/named-agent.js';
export {
  MASS_DELETION,
  type Outside,
  describeDenied,
  isCiPath,
  isMigrationPath,
  outsideHits,
  outsideQuestion,
} from './definitions/outside-decisions.js';
export {
  type Ruling,
  MOST_RULES,
  type PermissionEffect,
  type PermissionRule,
  type PermissionSet,
  hiddenGlobs,
  pathTest,
  judgeCall,
  parsePermissionRule,
  refusalText,
  ruleText,
} from './definitions/permission.js';
export {
  MOST_SKILLS,
  type Skill,
  skillSchema,
  skillCatalogue,
  skillBlocks,
  skillText,
  withoutSkillBlocks,
} from './definitions/skill.js';
export { groupsOf, namedTool } from './definitions/tool-names.js';
export {
  CodetetherError,
  type ErrorDetails,
  type ExitCode,
  InfrastructureError,
  InvalidInputError,
  InvariantError,
  describeError,
  describeLocation,
} from './light/error.js';
export { parseDuration, parseMoment } from './moment.js';
export { branchNameProblem, branchSlug } from './prd/branch-name.js';
export { parsePrd } from './prd/json/json-prd.js';
export { findStoryMarks } from './prd/json/story-list.js';
export { findTaskLineMark, parseTaskLines } from './prd/json/task-lines.js';
export { withTick } from './prd/markdown/markdown-lines.js';
export { findMarkdownStory, parseMarkdownPrd } from './prd/markdown/markdown-prd.js';
export type { MarkdownStory } from './prd/markdown/markdown-story.js';
export { withoutDoneMark } from './prd/markdown/story-heading.js';
export { isTaskFile, taskFileStatus } from './prd/markdown/task-file.js';
export { mergeStories } from './prd/merge-stories.js';
export { type Prd, PrdInvalidError, type PrdNote } from './prd/prd.js';
export { proposedChecks } from './prd/proposed-checks.js';
export { renderPrd } from './prd/render-prd.js';
export { prdTemplate } from './prd/template.js';
export {
  type CanaryKind,
  type CanaryPlace,
  type CanaryVerdict,
  type ControlStage,
  type PlantedCanary,
  judgeStage,
  rulesIn,
  showsToken,
  tokenOf,
} from './proof/canaries/canary.js';
export {
  type CheckControl,
  canaryPlan,
  checkControlSchema,
  hasCanary,
  heardPaths,
} from './proof/canaries/check-control.js';
export { isShellPath, languageOf } from './proof/canaries/language.js';
export { plantCase } from './proof/canaries/plant-case.js';
export { plantFinding, plantUnreadable } from './proof/canaries/plant-finding.js';
export type { Planting } from './proof/canaries/planting.js';
export {
  type FoundFunction,
  type ParsedSource,
  failAtOnce,
  failOnLoad,
  sabotage,
} from './proof/canaries/sabotage.js';
export { failureLines, newFailures } from './proof/check-failures.js';
export { askedScripts, mayNameScripts, scriptsOf, sourcedScripts } from './proof/check-scripts.js';
export {
  assertsItself,
  loadedFiles,
  startedPrograms,
  startsTests,
} from './proof/started-programs.js';
export {
  type Baseline,
  CHECK_ORDER,
  type Check,
  type Evidence,
  type Proof,
  baselineSchema,
  checkSchema,
  evidenceSchema,
  isAbsent,
  isAcceptable,
  isPassing,
  isProven,
  isRed,
  proofSchema,
  provesSomething,
} from './proof/check.js';
export { passedTests } from './proof/counts.js';
export {
  type LeftOut,
  explainLeftOut,
  isCacheName,
  listLeftOut,
  sortLeftOut,
} from './proof/left-out.js';
export { SERVER_GRACE_MS, STEP_TIMEOUT_MS, proofLimitMs } from './proof/proof-limit.js';
export {
  type BaseFacts,
  isArtefactPath,
  isConfigurationPath,
  isTestPath,
  surfaceOf,
} from './proof/surface/classify.js';
export { type ModuleText, isMoved } from './proof/surface/moved-modules.js';
export { takenPlaces } from './proof/surface/shadows.js';
export { foldersSetIn, relativeFolders } from './proof/surface/program-folders.js';
export { parseIni, printIni, restoreGoMod } from './proof/surface/line-configuration.js';
export { manifestRuleOf } from './proof/surface/manifest-rules.js';
export {
  type RestoreMode,
  type Values,
  changesResolution,
  restoreValues,
} from './proof/surface/restore-values.js';
export type { SurfaceChange, SurfaceKind } from './proof/surface/surface-change.js';
export {
  type AddedLines,
  type SuspiciousLine,
  firstSuspicious,
  suspiciousLines,
} from './proof/suspicious-lines.js';
export { TOOL_ROWS, toolsIn } from './proof/tools/rows.js';
export type { Language, ToolRow } from './proof/tools/tool-row.js';
export {
  type CanaryMode,
  type ProofFlag,
  type TestCount,
  type Trial,
  canaryModeSchema,
  isFewer,
  judgeTrial,
} from './proof/trial.js';
export {
  type VerificationRun,
  type VerificationStep,
  verificationRuns,
  verificationStepSchema,
} from './proof/verification.js';
export {
  PROVIDER_TABLE,
  type PriceSettings,
  type ProviderEntry,
  type ProviderQuirks,
  type ProviderSettings,
  TOOL_MODES,
  providerNames,
  resolveProviderEntry,
  suggestedModel,
} from './provider/provider.js';
export { retirementNote, retirementOf } from './provider/retired-model.js';
export type { VaultAuth, VaultConnection } from './provider/vault-connection.js';
export { fieldsOf, isRecord, jsonFields } from './record-fields.js';
export { REGISTRY_HOSTS, withCompanions } from './registry-hosts.js';
export {
  type ContentType,
  type ContextBlock,
  type ContextManifest,
  type ContextSource,
  type ContextSymbol,
  type RecordFormat,
  contentTypeSchema,
  contextManifestSchema,
} from './rlm/context-manifest.js';
export {
  type JournalEntry,
  type ReplErrorCode,
  type SettledRequest,
  journalEntrySchema,
  settledRequestSchema,
} from './rlm/journal.js';
export {
  type ReplNote,
  replNoteSchema,
  replPlaceSchema,
  replQuestionPlaceSchema,
} from './rlm/repl-note.js';
export {
  type ReplQuestion,
  type ReplRequest,
  replQuestionSchema,
  replRequestSchema,
  replToolCallSchema,
} from './rlm/repl-request.js';
export {
  type RlmSource,
  recallCallSchema,
  rlmCallSchema,
  rlmSourceSchema,
} from './rlm/rlm-call.js';
export { type RlmFacts, rlmFactsSchema } from './rlm/rlm-facts.js';
export {
  type RlmEnd,
  type RlmState,
  type RlmTask,
  evidenceSpanSchema,
  openRlmState,
  rlmStateSchema,
  rlmTaskSchema,
} from './rlm/rlm-task.js';
export {
  type Budget,
  type BudgetUse,
  NO_BUDGET,
  NO_USE,
  addBudget,
  addUse,
  budgetLeft,
  budgetSchema,
  budgetSlice,
  covers,
  describeBudget,
  isUnlimited,
} from './run/budget.js';
export { type EventType, type RunEvent, runEventSchema } from './run/event.js';
export { existingChecks } from './run/existing-checks.js';
export * from './notify/index.js';
export { type OperatorHold, byOperator, describeHold, withHolds } from './run/operator-hold.js';
export { type ProofVerdict, endOfProof } from './run/proof-verdict.js';
export {
  type AttemptRecord,
  type MergeRecord,
  type RalphOptions,
  type RunRecord,
  type StoryRecord,
  attemptRecordSchema,
  evidenceOutputs,
  mergeRecordSchema,
  ralphOptionsSchema,
  runRecordSchema,
  runSpending,
  storySpending,
} from './run/ralph-run.js';
export { type PlanClaim, type RunPlan, planDifference, runPlanSchema } from './run/run-plan.js';
export { MESSAGE_LIMIT_BYTES, boundedRecord, jsonBytes } from './run/run-view.js';
export { type RunStatus, isEnded, runStatusSchema } from './run/run.js';
export { ZERO_SPENDING, addSpending, toUsd } from './run/spending.js';
export { type SpentCall, spentCallSchema, withOpenSpending } from './run/spent-call.js';
export {
  type Story,
  type StoryStatus,
  isSatisfied,
  nextStory,
  plannedOrder,
  storySchema,
  storyStatusSchema,
  strandedStories,
} from './run/story.js';
export {
  type QueueFinding,
  type ServedBundles,
  type ServedQueue,
  planServedBundles,
  servedBundlesSchema,
  servedQueues,
} from './served-bundles.js';
export { type ServedLanguage, SERVED_LANGUAGES } from './agent/served-language.js';
export { type StepKey, compareSteps, formatStepKey, innerStepKey, stepKeySchema } from './step.js';
export { nextSubtask } from './swarm/next-subtask.js';
export { renderRow, templateColumns } from './swarm/row-template.js';
export { partitionFiles, partitionSubtasks, strategyProblems } from './swarm/strategies.js';
export {
  type Subtask,
  isWriter,
  storyOfSubtask,
  subtaskSchema,
  subtasksOfRecord,
} from './swarm/subtask.js';
export { type SubtaskBegin, subtaskBeginSchema } from './swarm/subtask-begin.js';
export {
  type Judgement,
  type SwarmFacts,
  type SwarmRows,
  swarmFactsSchema,
  swarmRowsSchema,
  taskVerdict,
} from './swarm/swarm-facts.js';
export {
  type SwarmPlan,
  type SwarmStrategy,
  SwarmPlanInvalidError,
  parseSwarmPlan,
  problemLine,
  swarmCallSchema,
  swarmPlanDocument,
  swarmStrategySchema,
} from './swarm/swarm-plan.js';
export {
  type ConfirmLimits,
  type SwarmEstimate,
  type TokenPrice,
  estimateWords,
  estimateWork,
  needsYes,
} from './swarm/swarm-estimate.js';
export { swarmStats } from './swarm/swarm-stats.js';
export { globTest, outsideTouches } from './swarm/touches.js';
export { carriedRecord, hasCutAttempts, withWholeAttempts } from './run/carried-record.js';
export * from './lock-manifests.js';
export { isLockFile, isStaleNpmLock, lockCommands, npmManifestOf } from './lock-files.js';
export * from './remote/index.js';
export * from './session/index.js';
export * from './script/index.js';
export * from './text/index.js';
export {
  type EgressTraffic,
  NO_SETUP,
  type SetupFailure,
  type SetupNetwork,
  type SetupReport,
  type SetupStep,
  type WorkspaceSetup,
  describeSetupFailure,
  describeTraffic,
  isSetupInput,
  looksLikeFullDisk,
  networkCause,
  setupLimitMs,
  setupRelevantPart,
  setupReportSchema,
  workspaceSetupSchema,
} from './workspace-setup.js';
export { type WorkspaceId, type WorkspaceRef, workspaceRefSchema } from './workspace.js';
