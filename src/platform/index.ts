export { homePaths, type HomePaths } from './storage/home.js';
export {
  createBlobStore,
  sha256,
  type BlobStore,
  type BlobStoreOptions,
} from './storage/blob-store.js';
export {
  isNotFound,
  pathExists,
  syncDirectory,
  appendDurably,
  writeDurableFile,
  type DurableFileOptions,
} from './storage/durable-file.js';
export {
  createStepJournal,
  stepPath,
  type JournaledStep,
  type SettledStep,
  STARVED_LINE,
  type StepWatch,
  type StepIdentity,
  type StepJournal,
} from './storage/step-journal.js';
export { readBounded, readBoundedBytes, readStreamBounded } from './storage/bounded-file.js';
export { isDiskFull, namingPath } from './storage/storage-fault.js';
export { freeBytes } from './storage/disk-space.js';
export {
  createTransitDataKeys,
  type DataKey,
  type DataKeys,
  type TransitKey,
} from './codec/data-keys.js';
export { createPatientKeys, type PatientKeysOptions } from './codec/patient-keys.js';
export { createEnvelope, isSealed, type Envelope, type EnvelopeOptions } from './codec/envelope.js';
export { blobContext, journalContext, openStored, type StoredBytes } from './codec/stored-bytes.js';
export { createPayloadCodec, isSealedPayload, SEALED_ENCODING } from './codec/payload-codec.js';
export { createEventLog, type EventLog, type EventPage } from './storage/event-log.js';
export { armCrashPoint, crashPoint, crashPoints, type CrashPoint } from './fault/crash-points.js';
export {
  hostEnvironment,
  minimalEnvironment,
  setHostEnvironment,
  type Environment,
} from './process/host-environment.js';
export { findExecutable } from './process/find-executable.js';
export {
  createOutputCollector,
  type OutputCollector,
  type OutputSpill,
  type OutputWindow,
} from './process/output-window.js';
export {
  runProcess,
  type Containment,
  type ProcessRequest,
  type ProcessResult,
} from './process/run-process.js';
export { detectSandbox } from './sandbox/detect.js';
export {
  isAtLeast,
  type Sandbox,
  type SandboxBackend,
  type SandboxKind,
  type SandboxLevel,
} from './sandbox/sandbox.js';
export { commandEnvironment, type CommandEnvironmentOptions } from './sandbox/environment.js';
export { commandUserId, wrapCommand } from './sandbox/wrap-command.js';
export type {
  EgressEntrance,
  NetworkAccess,
  SandboxedCommand,
  WrappedCommand,
} from './sandbox/sandboxed-command.js';
export { COMMAND_LIMITS, explainLimit, type CommandLimits } from './sandbox/limits.js';
export { giveLikeFolder, noteEngineWrite } from './sandbox/ownership.js';
export { closeInheritedDescriptors } from './process/inherited-descriptors.js';
export {
  createGit,
  type CommitRequest,
  type Git,
  type GitIdentity,
  type GitLocation,
  type GitRunOptions,
  type RefMove,
} from './git/git.js';
export type { GitAnswer } from './git/git-process.js';
export {
  REPOSITORY_MODE,
  type ChangedFile,
  type TreeDiff,
  type TreeEntry,
} from './git/tree-diff.js';
export {
  branchTip,
  checkoutOf,
  fetchArguments,
  forwardCheckout,
  listWorktrees,
  moveBranch,
  type BranchMove,
  openUserRepository,
  publishCommit,
  UPLOAD_PACK,
  type Publication,
  type UserRepository,
  type Worktree,
} from './git/user-repository.js';
export { writeLooseCommit, type LooseCommit } from './git/loose-store.js';
export { openScratchGit, type ScratchGit } from './git/scratch-git.js';
export { mergeTrees, type MergedTree, type TreeMerge } from './git/merge-trees.js';
export { replayCommits, type Replay, type ReplayRequest } from './git/replay-commits.js';
export { readPersonalExcludes } from './git/personal-excludes.js';
export {
  hostOfUrl,
  localModuleFolders,
  remoteAddresses,
  resolveModuleUrl,
  submodulesOf,
  type Submodule,
} from './git/submodules.js';
export { inspectTraits, type RepositoryTraits } from './git/repository-traits.js';
export {
  checkedOutBranches,
  inspectRepository,
  readCommitFiles,
  readLog,
  type CommitFiles,
  type CommitSummary,
  type DirtyFile,
  type LogRange,
  type RepositoryFacts,
} from './git/repository.js';
export {
  createWorkspace,
  openWorkspace,
  type WorkspaceFolders,
  type WorkspaceLocation,
} from './workspace/workspace.js';
export {
  createSnapshots,
  excludesFile,
  workspaceGit,
  type Snapshot,
  type Snapshots,
} from './workspace/snapshot.js';
export {
  readLaneEnvironment,
  writeLaneEnvironment,
  type CommandSurroundings,
  type LaneEnvironment,
} from './workspace/lane-environment.js';
export { bareRepository, laneId, lanesFolder, runRef } from './workspace/run-layout.js';
export { withWorkspaceLock } from './workspace/workspace-lock.js';
export {
  resolveInside,
  type InsidePath,
  type JailAnswer,
  type PathPurpose,
} from './workspace/path-jail.js';
export { parseJsonDocument, setJsonField, type JsonDocument } from './documents/json-document.js';
export { parseYamlDocument, setYamlField } from './documents/yaml-document.js';
export {
  parsePrdText,
  prdNotation,
  readPrdText,
  type PrdNotation,
} from './documents/prd-document.js';
export { markStory, type StoryMarking } from './documents/prd-mark.js';
export {
  createVaultSecrets,
  type VaultSecrets,
  type VaultSecretsOptions,
} from './secrets/vault-secrets.js';
export type { StoredSecret, VaultProviderSecret } from './secrets/provider-secret.js';
export {
  createVaultClient,
  type VaultClient,
  type VaultClientOptions,
} from './secrets/vault-client.js';
export type { VaultAnswer } from './secrets/vault-http.js';
export { postJson, type JsonPost, type PostResult } from './network/post-json.js';
export { createProxyFetch, type ProxiedFetch, type ProxySettings } from './network/proxy-fetch.js';
export {
  snapshotCostUsd,
  snapshotModel,
  snapshotModelIds,
  type PricedModel,
  type SnapshotModel,
} from './prices/price-snapshot.js';
export { isPrivateAddress } from './network/private-address.js';
export { removeFolder } from './storage/remove-folder.js';
export { noteMerge } from './records/merge-note.js';
export {
  changeRunRecord,
  readOutputs,
  readRunRecord,
  saveRunRecord,
} from './records/run-record-file.js';
export { repositoryKey } from './git/repository-key.js';
export { startEgressProxy, type EgressOptions, type EgressProxy } from './egress/egress-proxy.js';
export { openEgress, type Egress, type EgressRequest } from './egress/open-egress.js';
export type { UpstreamProxy } from './egress/upstream-proxy.js';
export { refuseLinkOut } from './workspace/link-out.js';
export { describeLock, type HeldLock } from './git/stale-lock.js';
export { underSignal } from './process/ambient-signal.js';
export { QUIET_GIT } from './git/repository.js';
export { noteSpentCall, readSpentCalls } from './records/spending-file.js';
export { beginPlans, readRunPlan, requirePlan, saveRunPlan } from './records/run-plan-file.js';
