export {
  connectTemporal,
  clusterIdOf,
  keepHistory,
  unreachable,
  type NamespaceService,
  type TemporalConnection,
} from './temporal-connection.js';
export { ensureRunning, type EnsureOptions, type ServiceEndpoint } from './ensure.js';
export { findProgram, type FindProgramOptions, type FoundProgram } from './find-program.js';
export { listModels, type ListedModel, type ModelPrices } from './models.js';
export { examine } from './doctor.js';
export type { Finding } from './finding.js';
export { requireFreeDisk } from './disk.js';
export { hostId } from './host.js';
export { programSources, type ProgramSource, type SourceSettings } from './program-sources.js';
export {
  hasLocalVault,
  isLocalVaultRunning,
  localVaultConnection,
  localVaultMemory,
  prepareLocalVault,
  requestLocalVault,
} from './vault/local-vault.js';
export { knownVault, type HomeSettings } from './vault/known-vault.js';
export { openEnvelope, type EnvelopeSource } from './codec/open-envelope.js';
export { codecOptions, type CodecOptions } from './codec/data-converter.js';
export { codecToken } from './codec/codec-token.js';
export { testProvider } from './vault/test-provider.js';
export { secretPlace, withSecrets, type SecretPlace } from './vault/open-secrets.js';
export { OPENBAO, TEMPORAL_CLI, TEMPORAL_TEST_SERVER, type PinnedProgram } from './programs.js';
export { serviceStatus, stopService, type ServiceStatus } from './status.js';
export { uiLink, uiRoutes } from './gate/ui-routes.js';
export {
  embeddedTarget,
  externalTarget,
  runningTarget,
  type TemporalTarget,
} from './temporal-target.js';
export {
  identifyProcess,
  isAlive,
  ownIdentity,
  type ProcessIdentity,
} from './supervisor/process-identity.js';
export { isPortFree } from './supervisor/ports.js';
export { linkToSupervisor, type SupervisorLink } from './supervisor/worker-link.js';
export {
  readLaunch,
  type Launch,
  type ServiceFailure,
  type ServiceProcess,
  type ServiceRole,
} from './supervisor/state.js';
export { serviceFiles, type ServiceFiles } from './supervisor/service-files.js';
export { planRalphRun, type RalphFlags, type RalphPlan } from './ralph/plan-run.js';
export { loadPrd, prdLocation, prdNotes, type LoadedPrd } from './ralph/load-prd.js';
export { localEvents, localRunRecords } from './records/local-ports.js';
export { openGateway, type OpenGateway } from './open-gateway.js';
export { assertModelReachable } from './ralph/reach-model.js';
export { repositoryOutline } from './prd/repository-outline.js';
export { draftWorkflowId, requestDraft } from './prd/request-draft.js';
export { planLimits, planMoment, type LimitFlags } from './ralph/run-limits.js';
export { settleLostRun } from './ralph/lost-run.js';
export { mergeRun, nameOfCommit, type MergeEnd } from './ralph/merge.js';
export { planMerge, type MergeFlags, type MergePlan } from './ralph/merge-plan.js';
export { diffRun, type DiffFile, type DiffRequest, type RunDiff } from './ralph/diff-run.js';
export { planDiscard, type DiscardedBranch, type DiscardPlan } from './ralph/discard-plan.js';
export { discardRun, type DiscardResult } from './ralph/discard.js';
export { evidenceTexts, reportOutputs } from './ralph/report-outputs.js';
export {
  bundlePath,
  keepBundle,
  readBundleFacts,
  readServedBundles,
  removeBundle,
  unusedBundles,
  writeServedBundles,
  type BundleFacts,
} from './upgrade/bundle-store.js';
export {
  openWorkflows,
  replayOpenWorkflows,
  type ReplayedWorkflow,
  type ReplayRequest,
} from './upgrade/replay-open-runs.js';
export {
  checkUpgrade,
  ownBundleDigest,
  type QueueCheck,
  type UpgradeCheck,
} from './upgrade/check-upgrade.js';
export { stayWithService } from './foreground.js';
export {
  installUnit,
  planUnit,
  uninstallUnit,
  unitStatus,
  type InstalledUnit,
  type UnitOptions,
  type UnitPlan,
  type UnitStatus,
} from './unit/service-unit.js';
export {
  cleanUp,
  parseAge,
  planCleanup,
  type CleanupGroup,
  type CleanupPlan,
  type CleanupRequest,
} from './cleanup/cleanup.js';
export {
  sleepInhibition,
  tryInhibition,
  type SleepInhibition,
  type SleepOptions,
} from './sleep-inhibition.js';
export {
  planUninstall,
  uninstall,
  type InstalledItem,
  type UninstallPlan,
  type UninstallRequest,
} from './uninstall.js';

export { readBounded, readStreamBounded } from '../platform/index.js';
export {
  requireSandbox,
  sandboxProblem,
  type SandboxProblem,
  type SandboxSettings,
} from './sandbox/sandbox-rule.js';
