export { conversationText } from './storage/conversation-text.js';
export {
  addToJournal,
  addToScript,
  readJournal,
  readScriptJournal,
} from './storage/repl-journal.js';
export { useGitShells } from './git/git-shell.js';
export {
  type CacheGeneration,
  type GenerationLayer,
  type GenerationPlace,
  beginGeneration,
  dropLostLease,
  generationsOf,
  layerFolder,
  leaseGeneration,
  leasedGeneration,
  listGenerations,
  measureLayer,
  removeGeneration,
  sealGeneration,
} from './build-cache/generation.js';
export { createTransitDataKeys } from './codec/data-keys.js';
export { type Envelope, createEnvelope } from './codec/envelope.js';
export { createPatientKeys } from './codec/patient-keys.js';
export { createPayloadCodec, isSealedPayload } from './codec/payload-codec.js';
export { blobContext, journalContext, openStored } from './codec/stored-bytes.js';
export { parseJsonDocument } from './documents/json-document.js';
export { parsePrdText, readPrdText } from './documents/prd-document.js';
export { markStoryInFile } from './documents/prd-mark-file.js';
export { type Egress, openEgress } from './egress/open-egress.js';
export { armCrashPoint, crashPoint } from './fault/crash-points.js';
export {
  type BranchBirth,
  type FirstCommit,
  bearBranch,
  firstCommitOf,
  makeFirstCommit,
} from './git/first-commit.js';
export { type Git, createGit } from './git/git.js';
export { keepBytes, keptBytes } from './git/kept-bytes.js';
export { writeLooseCommit } from './git/objects/loose-store.js';
export { objectSizes, readObjects } from './git/objects/read-objects.js';
export { readPersonalExcludes } from './git/personal-excludes.js';
export { replayCommits } from './git/replay-commits.js';
export { repositoryKey } from './git/repository-key.js';
export { type RepositoryTraits, inspectTraits } from './git/repository-traits.js';
export {
  type CommitFiles,
  QUIET_GIT,
  type RepositoryFacts,
  answerOrNull,
  inspectRepository,
  openForReading,
  listTreeFiles,
  readCommitFiles,
  readLog,
} from './git/repository.js';
export { openScratchGit } from './git/scratch-git.js';
export { type HeldLock, describeLock } from './git/stale-lock.js';
export {
  type Submodule,
  hostOfUrl,
  localModuleFolders,
  remoteAddresses,
  resolveModuleUrl,
  submodulesOf,
} from './git/submodules.js';
export {
  type ChangedFile,
  REPOSITORY_MODE,
  type TreeDiff,
  type TreeEntry,
} from './git/tree-diff.js';
export {
  type BranchMove,
  UPLOAD_PACK,
  type UserRepository,
  branchTip,
  checkoutOf,
  fetchArguments,
  listWorktrees,
  moveBranch,
  openUserRepository,
  publishCommit,
} from './git/user-repository.js';
export { readBounded, readBoundedBytes } from './light/bounded-file.js';
export { isWithin } from './light/within.js';
export { closeInheritedDescriptors } from './light/inherited-descriptors.js';
export { eventReader, readEvents, type StreamEvent } from './network/event-stream.js';
export {
  createWebReader,
  type WebAnswer,
  type WebReader,
  type WebRules,
} from './network/guarded-fetch.js';
export { type JsonPost, type PostResult, postJson } from './network/post-json.js';
export { type PushAnswer, type PushPost, postPush, refusePushUrl } from './network/push-post.js';
export { fetchThrough } from './network/proxy-fetch.js';
export {
  type SnapshotModel,
  snapshotCostUsd,
  snapshotModel,
  snapshotModelIds,
} from './prices/price-snapshot.js';
export { underSignal } from './process/ambient-signal.js';
export {
  type BackgroundProcess,
  backgroundOf,
  endBackground,
  hasBackground,
  startBackground,
} from './process/background.js';
export { type CoreBudget, createCoreBudget } from './process/core-budget.js';
export { findExecutable } from './process/find-executable.js';
export {
  hostEnvironment,
  minimalEnvironment,
  setHostEnvironment,
} from './process/host-environment.js';
export { holdForLane } from './process/lane-enders.js';
export { type LiveProcess, startProcess } from './process/live-process.js';
export type { OutputWindow } from './process/output-window.js';
export { type ProcessResult, runProcess } from './process/run-process.js';
export { beginPlans, readRunPlan, requirePlan, saveRunPlan } from './records/run-plan-file.js';
export { openAuditFile } from './records/audit-file.js';
export { type NoticeFiles, createNoticeFiles } from './records/notice-files.js';
export { type PushFiles, createPushFiles } from './records/push-files.js';
export { type RunRecords, noteMerge, readOutputs } from './records/run-record-file.js';
export { type TaskFiles, createTaskFiles } from './records/task-files.js';
export { readReplNotes, replNoter } from './records/repl-notes-file.js';
export { noteSpentCall, readSpentCalls } from './records/spending-file.js';
export { detectSandbox } from './sandbox/detect.js';
export { explainLimit } from './sandbox/limits.js';
export { type OverlayView, isMountable } from './sandbox/overlay.js';
export { engineWrites, giveLikeFolder, noteEngineWrite } from './sandbox/ownership.js';
export { canOverlay } from './sandbox/probe-overlay.js';
export { type Sandbox, isAtLeast } from './sandbox/sandbox.js';
export type {
  NetworkAccess,
  SandboxedCommand,
  WrappedCommand,
} from './sandbox/sandboxed-command.js';
export { canShareLoopback, commandUserId, wrapCommand } from './sandbox/wrap-command.js';
export { type AccessTokenStore, createAccessTokenStore } from './secrets/access-token-store.js';
export { type VaultClient, createVaultClient } from './secrets/vault-client.js';
export { loginStore } from './secrets/login-store.js';
export { type VaultSecrets, createVaultSecrets } from './secrets/vault-secrets.js';
export { type BlobStore, sha256 } from './storage/blob-store.js';
export { freeBytes } from './storage/disk-space.js';
export {
  appendDurably,
  isNotFound,
  namesIn,
  pathExists,
  syncDirectory,
  writeDurableFile,
} from './storage/durable-file.js';
export { type EventLog, createEventLog } from './storage/event-log.js';
export { homePaths } from './storage/home.js';
export { removeFolder } from './storage/remove-folder.js';
export {
  STARVED_LINE,
  type StepIdentity,
  type StepJournal,
  type StepWatch,
  stepPath,
} from './storage/step-journal.js';
export { namingPath } from './storage/storage-fault.js';
export { type Stores, openStores } from './storage/stores.js';
export { findFunctions } from './syntax/functions.js';
export { type CodeSymbol, findSymbols } from './syntax/symbols.js';
export { type LaneCaches, readLaneCaches, writeLaneCaches } from './workspace/lane-caches.js';
export { readLaneEnvironment, writeLaneEnvironment } from './workspace/lane-environment.js';
export { refuseLinkOut } from './workspace/link-out.js';
export { type InsidePath, resolveInside } from './workspace/path-jail.js';
export { createView, hiddenPaths, whyUnshown } from './workspace/view.js';
export {
  bareRepository,
  holdFolder,
  holdsOfRun,
  isViewId,
  laneId,
  laneName,
  lanesFolder,
  proofLaneName,
  runRef,
  viewId,
} from './workspace/run-layout.js';
export {
  type Snapshots,
  createSnapshots,
  excludesFile,
  workspaceGit,
} from './workspace/snapshot.js';
export { type LeftFiles, leaveFiles, withWorkspaceLock } from './workspace/workspace-lock.js';
export { type WorkspaceFolders, createWorkspace, openWorkspace } from './workspace/workspace.js';
export { type GitCommand, runGitProcess } from './git/git-process.js';
export {
  type Delta,
  type DeltaListener,
  type DeltaPlace,
  type DeltaSender,
  listenToDeltas,
  openDeltas,
} from './records/delta-file.js';
