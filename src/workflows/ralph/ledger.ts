import {
  isSatisfied,
  nextStory,
  runRecordSchema,
  strandedStories,
  ZERO_SPENDING,
  type AttemptRecord,
  type RunRecord,
  type RunStatus,
  type Story,
  type StoryRecord,
} from '../../domain/index.js';
import type { RalphInput } from '../../contracts/index.js';

/** The record of a run that starts now: passed stories stay passed, the others are pending. */
export function openRecord(
  input: RalphInput,
  facts: { workflowId: string; startedAt: string; sandbox: string },
): RunRecord {
  return {
    version: 1,
    runId: input.runId,
    workflowId: facts.workflowId,
    kind: 'ralph',
    status: 'running',
    reason: '',
    project: input.project,
    feature: input.feature,
    prdPath: input.prdPath,
    repository: input.repository,
    branch: input.branch,
    publishedBranch: null,
    baseCommit: input.baseCommit,
    headCommit: input.baseCommit,
    options: input.options,
    checks: input.checks,
    sandbox: facts.sandbox,
    stories: input.stories.map((story) => ({
      story,
      status: story.passes ? 'passed' : 'pending',
      commit: null,
      attempts: [],
      reason: story.passes ? 'passed in an earlier run' : '',
    })),
    startedAt: facts.startedAt,
    endedAt: null,
    notes: input.notes,
    failure: null,
    workdir: input.workdir,
    setup: input.setup,
    baseBranch: input.baseBranch,
    continuesBranch: input.continuesBranch,
  };
}

/** The record with one story changed. Pure. */
export function withStory(
  record: RunRecord,
  id: string,
  change: (story: StoryRecord) => StoryRecord,
): RunRecord {
  return {
    ...record,
    stories: record.stories.map((entry) => (entry.story.id === id ? change(entry) : entry)),
  };
}

/** What becomes of a story with the end of an attempt. */
export type AttemptEnd = Partial<Pick<StoryRecord, 'status' | 'reason' | 'commit' | 'branch'>>;

/**
 * Takes in the end of an attempt: the one place where status and spending of a story change, so that no attempt that was
 * paid is left out. Pure.
 */
export function endAttempt(
  record: RunRecord,
  id: string,
  { attempt, ...end }: AttemptEnd & { readonly attempt: AttemptRecord },
): RunRecord {
  // What was told of it while it worked is in the attempt.
  return withStory(record, id, ({ openSpending: _told, ...entry }) => ({
    ...entry,
    reason: attempt.reason,
    ...end,
    attempts: [...entry.attempts, attempt],
  }));
}

/** Story attempts that were started so far. */
export function iterations(record: RunRecord): number {
  return record.stories.reduce((sum, entry) => sum + entry.attempts.length, 0);
}

/** The story to start next while `active` others are worked on, or undefined when none can start now. */
export function pickStory(record: RunRecord, active = 0): Story | undefined {
  const started = iterations(record) + active;
  return started >= record.options.maxIterations ? undefined : nextStory(record.stories);
}

/** Marks pending stories whose dependencies can no longer be satisfied. Pure. */
export function markStranded(record: RunRecord): RunRecord {
  return strandedStories(record.stories).reduce(
    (sum, id) =>
      withStory(sum, id, (entry) => ({
        ...entry,
        status: 'waiting_on_dependency',
        reason: `waits for ${entry.story.dependsOn.filter((dependency) => !isDone(sum, dependency)).join(', ')}`,
      })),
    record,
  );
}

/** Takes in an attempt that did not pass: blocked stories stop, others are open again until their attempts are used up. */
export function afterFailedAttempt(
  record: RunRecord,
  id: string,
  attempt: AttemptRecord,
): RunRecord {
  const entry = record.stories.find((candidate) => candidate.story.id === id);
  const used = (entry?.attempts.length ?? 0) + 1;
  const isFinal = used >= record.options.maxAttempts + (entry?.extraAttempts ?? 0);
  // Work that could not be merged is no failure of the story: a person has its branch, so it is blocked, not failed.
  const end = attempt.outcome === 'merge_failed' ? 'blocked' : 'failed';
  const status = attempt.outcome === 'blocked' ? 'blocked' : isFinal ? end : 'pending';
  return endAttempt(record, id, { attempt, status });
}

/** Gives a story back the attempt that somebody ended from outside. Pure. */
export function withoutCount(record: RunRecord, id: string): RunRecord {
  const { options } = record;
  const given = withStory(record, id, (entry) => ({
    ...entry,
    extraAttempts: (entry.extraAttempts ?? 0) + 1,
  }));
  return { ...given, options: { ...options, maxIterations: options.maxIterations + 1 } };
}

/** An attempt that could not say how it ended; what its agent had told of its spending counts. Pure. */
export function lostAttempt(record: RunRecord, id: string, endedAt: string): AttemptRecord {
  const entry = record.stories.find((candidate) => candidate.story.id === id);
  return {
    number: (entry?.attempts.length ?? 0) + 1,
    outcome: 'cancelled',
    reason: '',
    summary: '',
    learnings: [],
    evidence: [],
    changedDefinitions: [],
    changedFiles: [],
    spending: entry?.openSpending ?? ZERO_SPENDING,
    startedAt: endedAt,
    endedAt,
    durationMs: 0,
  };
}

/** Takes in a story that needed no change. Pure. */
export function afterSettled(
  record: RunRecord,
  settled: {
    readonly id: string;
    readonly attempt: AttemptRecord;
    readonly notes: readonly string[];
  },
): RunRecord {
  const { id, attempt, notes } = settled;
  const noted = { ...record, notes: [...record.notes, ...notes] };
  return endAttempt(noted, id, { attempt, status: 'already_satisfied' });
}

/**
 * Opens a story again with as many attempts as a new one, and with it what waited for it. Pure; the caller has checked
 * that the story is neither done nor worked on.
 */
export function reopenStory(record: RunRecord, id: string): RunRecord {
  const reopened = withStory(record, id, (entry) => ({
    ...entry,
    status: 'pending',
    reason: '',
    extraAttempts: entry.attempts.length,
  }));
  const { options } = record;
  return {
    ...reopened,
    options: { ...options, maxIterations: options.maxIterations + options.maxAttempts },
    stories: reopened.stories.map((entry) =>
      entry.status === 'waiting_on_dependency'
        ? { ...entry, status: 'pending', reason: '' }
        : entry,
    ),
  };
}

/** The record with one more story. Pure; the caller has checked its id and its dependencies. */
export function addStory(record: RunRecord, story: Story): RunRecord {
  const { options } = record;
  return {
    ...record,
    options: { ...options, maxIterations: options.maxIterations + options.maxAttempts },
    stories: [
      ...record.stories,
      { story, status: 'pending', commit: null, attempts: [], reason: '' },
    ],
  };
}

/**
 * The final record: status and reason from what became of the stories. Unverified stories have not passed, so that the run has
 * not either, unless somebody asked for a run without checks.
 */
export function closeRecord(record: RunRecord, endedAt: string): RunRecord {
  const { options, stories } = record;
  const open = stories.filter((entry) => !isSatisfied(entry.status));
  const unverified = stories.filter((entry) => entry.status === 'unverified').length;
  const isAllDone = open.length === 0 && (unverified === 0 || options.noChecks);
  const status: RunStatus = isAllDone ? 'passed' : 'failed';
  const isAtLimit =
    iterations(record) >= options.maxIterations && open.some((entry) => entry.status === 'pending');
  const total = stories.length;
  const passed = total - open.length - unverified;
  const facts = [
    passed === total ? `all ${total} stories passed` : `${passed} of ${total} stories passed`,
    ...(unverified === 0 ? [] : [`${unverified} unverified`]),
  ].join(', ');
  const limit = isAtLimit ? `; the limit of ${options.maxIterations} iterations is reached` : '';
  return runRecordSchema.parse({ ...record, status, reason: `${facts}${limit}`, endedAt });
}

function isDone(record: RunRecord, id: string): boolean {
  return record.stories.some((entry) => entry.story.id === id && isSatisfied(entry.status));
}
