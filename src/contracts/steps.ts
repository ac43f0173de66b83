import type { ACTIVITY_POLICIES } from './activity-options.js';

/** What a workflow adds to what its code hands to an activity. */
type Added = 'key' | 'runId' | 'events';

/** How a workflow calls one activity. */
interface StepKind {
  /** Row of the table of time limits. */
  readonly policy: keyof typeof ACTIVITY_POLICIES;
  /** Runs in the worker that decides, without a task of its own. */
  readonly isLocal?: true;
  readonly adds: readonly Added[];
}

const JOURNALED = ['key', 'runId', 'events'] as const;

/** Every activity by its registered name, a public contract: which time limits it has, and what comes with its arguments. */
export const STEPS = {
  callModel: { policy: 'model', adds: JOURNALED },
  compactConversation: { policy: 'model', adds: ['key', 'runId'] },
  draftPrd: { policy: 'model', adds: ['key'] },
  draftScript: { policy: 'model', adds: ['key'] },
  probeModel: { policy: 'probe', adds: [] },
  executeTool: { policy: 'tool', adds: JOURNALED },
  tryTool: { policy: 'quickTool', isLocal: true, adds: JOURNALED },
  dropTool: { policy: 'quickTool', isLocal: true, adds: ['key'] },
  endBackgroundCommands: { policy: 'localTool', isLocal: true, adds: ['key'] },
  prepareRun: { policy: 'workspace', adds: JOURNALED },
  beginStory: { policy: 'workspace', adds: JOURNALED },
  checkBaseline: { policy: 'checks', adds: JOURNALED },
  proveStory: { policy: 'checks', adds: JOURNALED },
  proveMerged: { policy: 'checks', adds: JOURNALED },
  landStory: { policy: 'workspace', adds: JOURNALED },
  mergeStory: { policy: 'workspace', adds: JOURNALED },
  keepStory: { policy: 'workspace', adds: JOURNALED },
  rebaseRun: { policy: 'workspace', adds: ['key', 'runId'] },
  proveTree: { policy: 'checks', adds: ['key', 'runId'] },
  publishMerge: { policy: 'workspace', adds: ['key', 'runId'] },
  beginTask: { policy: 'record', isLocal: true, adds: [] },
  takeAnswer: { policy: 'record', isLocal: true, adds: [] },
  joinTasks: { policy: 'record', isLocal: true, adds: [] },
  readPrd: { policy: 'record', isLocal: true, adds: [] },
  runHooks: { policy: 'tool', adds: JOURNALED },
  forkLane: { policy: 'workspace', adds: JOURNALED },
  mergeFork: { policy: 'workspace', adds: JOURNALED },
  planSwarm: { policy: 'model', adds: ['key', 'runId'] },
  beginSubtask: { policy: 'workspace', adds: JOURNALED },
  landSubtasks: { policy: 'workspace', adds: JOURNALED },
  regenerateLocks: { policy: 'workspace', adds: ['key', 'runId'] },
  keepSubtask: { policy: 'workspace', adds: ['key', 'runId'] },
  keepUnlanded: { policy: 'workspace', adds: ['key', 'runId'] },
  answerRow: { policy: 'model', adds: ['key', 'runId'] },
  saveRows: { policy: 'workspace', adds: ['key', 'runId'] },
  joinResults: { policy: 'model', adds: ['key', 'runId'] },
  stepScript: { policy: 'workspace', adds: ['key', 'runId'] },
  prepareScript: { policy: 'record', isLocal: true, adds: [] },
  answerScript: { policy: 'record', isLocal: true, adds: [] },
  repairAnswer: { policy: 'model', adds: ['key', 'runId'] },
  beginJudge: { policy: 'workspace', adds: ['key', 'runId'] },
  ingestInput: { policy: 'workspace', adds: JOURNALED },
  runCell: { policy: 'workspace', adds: ['key', 'runId'] },
  askQuestion: { policy: 'model', adds: ['key', 'runId'] },
  beginRlmTask: { policy: 'workspace', adds: [] },
  beginSubRlm: { policy: 'workspace', adds: [] },
  findReplMark: { policy: 'workspace', adds: ['runId'] },
  spentBelow: { policy: 'record', isLocal: true, adds: ['runId'] },
  publishSwarm: { policy: 'workspace', adds: ['key', 'runId'] },
  openTask: { policy: 'workspace', adds: ['runId', 'events'] },
  tellRun: { policy: 'workspace', adds: ['runId'] },
  closeTask: { policy: 'workspace', adds: ['runId', 'events'] },
  endTask: { policy: 'workspace', adds: ['runId', 'events'] },
  openSession: { policy: 'record', isLocal: true, adds: ['runId'] },
  beginPrompt: { policy: 'workspace', adds: JOURNALED },
  rewindFiles: { policy: 'workspace', adds: JOURNALED },
  notifyRun: { policy: 'workspace', adds: ['events'] },
  saveRun: { policy: 'record', isLocal: true, adds: ['events'] },
  appendEvents: { policy: 'record', isLocal: true, adds: ['runId', 'events'] },
  noteAttempt: { policy: 'record', isLocal: true, adds: ['runId'] },
  refreshPrd: { policy: 'record', isLocal: true, adds: ['runId'] },
  settleStory: { policy: 'record', isLocal: true, adds: ['runId'] },
  reopenStory: { policy: 'record', isLocal: true, adds: ['runId'] },
  findChild: { policy: 'workspace', adds: [] },
  followChild: { policy: 'child', adds: [] },
  storeText: { policy: 'record', isLocal: true, adds: [] },
} as const satisfies Record<string, StepKind>;
