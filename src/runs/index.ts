export type { BoardDesk } from './board/board-desk.js';
export { findDefinitions, requireAgent } from './definitions/plan-definitions.js';
export { repositoryAround } from './definitions/repository-around.js';
export { type LoadedPrd, loadPrd, prdLocation, prdNotes } from './load-prd.js';
export { localEvents, localRunRecords } from './local-ports.js';
export { clonePlace } from './tasks/lay-out.js';
export { offerWorkspaces } from './tasks/offered-workspaces.js';
export { createTaskDesk } from './tasks/create-task-desk.js';
export { localTasks } from './tasks/local-tasks.js';
export { type OpenTasks, openTasks, tasksOver } from './tasks/open-tasks.js';
export { type OpenGateway, openGateway } from './open-gateway.js';
export { type RalphFlags, type RalphPlan, modelFinder, planRalphRun } from './plan/plan-run.js';
export { assertModelReachable } from './plan/reach-model.js';
export { type LimitFlags, planMoment } from './plan/run-limits.js';
export { type ProofRunFlags, type ProofRunPlan, planProofRun } from './proof/plan-proof-run.js';
export { repositoryOutline } from './repository/repository-outline.js';
export { draftWorkflowId, requestDraft, requestScriptDraft } from './drafts.js';
export { keepScript, planScriptDraft } from './script/draft-script.js';
export { savedRuns } from './results/command-stores.js';
export { diffRun } from './results/diff-run.js';
export { type DiscardPlan, planDiscard } from './results/discard-plan.js';
export { discardRun } from './results/discard.js';
export { type MergePlan, planMerge } from './results/merge-plan.js';
export { type MergeEnd, mergeRun, nameOfCommit } from './results/merge.js';
export { evidenceTexts, reportOutputs } from './results/report-outputs.js';
export { standingRun, standingRuns } from './results/standing-runs.js';
export { swarmAnswer } from './swarm/swarm-answer.js';
export { estimateSwarm } from './swarm/estimate.js';
export { type RetryFlags, planSwarmRetry } from './swarm/plan-swarm-retry.js';
export { type PlannedSwarm, planSwarmRun } from './swarm/plan-swarm-run.js';
export { type SwarmFlags } from './swarm/swarm-flags.js';
export { type RlmRetryFlags, planRlmRetry } from './rlm/plan-rlm-retry.js';
export { type PlannedRlm, planRlmRun } from './rlm/plan-rlm-run.js';
export { type ShownEntry, rlmAnswer, rlmCells } from './rlm/rlm-answer.js';
export type { RlmFlags } from './rlm/rlm-flags.js';
export { planExplain } from './rlm/plan-explain.js';
export { openAudit } from './remote/open-audit.js';
export {
  type SessionRecord,
  findSession,
  isOf,
  lastWordAt,
  latestSession,
  listSessions,
} from './session/find-session.js';
export { type PlannedPrompt, type PromptFlags, planPrompt } from './session/plan-prompt.js';
export { gitStateAt, sessionPlace } from './session/session-place.js';
export { placeFiles } from './session/place-files.js';
export { type TranscriptReader, openTranscript } from './session/transcript.js';
export { forkSession } from './session/copy-session.js';
export { deleteSession } from './session/delete-session.js';
export { exportSession, importSession } from './session/exported-session.js';
export { type Delta, type DeltaListener, listenToRun } from './session/live-deltas.js';
export { findScript, type FoundScript, listScripts } from './script/find-script.js';
export { type PlannedScript, planScriptRun, type ScriptFlags } from './script/plan-script-run.js';
export {
  type PlannedScriptRetry,
  planScriptRetry,
  type ScriptRetryFlags,
} from './script/plan-script-retry.js';
