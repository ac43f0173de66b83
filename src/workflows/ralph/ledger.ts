import {
  isSatisfied,
  nextStory,
  runRecordSchema,
  strandedStories,
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

/** Story attempts that were started so far. */
export function iterations(record: RunRecord): number {
  return record.stories.reduce((sum, entry) => sum + entry.attempts.length, 0);
}

/** The story to work on next, or undefined when the run has nothing left that can start. */
export function pickStory(record: RunRecord): Story | undefined {
  return iterations(record) >= record.options.maxIterations ? undefined : nextStory(record.stories);
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
  return withStory(record, id, (entry) => {
    const attempts = [...entry.attempts, attempt];
    const isFinal = attempts.length >= record.options.maxAttempts;
    const status = attempt.outcome === 'blocked' ? 'blocked' : isFinal ? 'failed' : 'pending';
    return { ...entry, attempts, status, reason: attempt.reason };
  });
}

/** The final record: status and reason from what became of the stories. */
export function closeRecord(record: RunRecord, endedAt: string): RunRecord {
  const open = record.stories.filter((entry) => !isSatisfied(entry.status));
  const total = record.stories.length;
  const status: RunStatus = open.length === 0 ? 'passed' : 'failed';
  const limit =
    iterations(record) >= record.options.maxIterations &&
    open.some((entry) => entry.status === 'pending');
  const reason =
    open.length === 0
      ? `all ${total} stories passed`
      : `${total - open.length} of ${total} stories passed${limit ? `; the limit of ${record.options.maxIterations} iterations is reached` : ''}`;
  return runRecordSchema.parse({ ...record, status, reason, endedAt });
}

function isDone(record: RunRecord, id: string): boolean {
  return record.stories.some((entry) => entry.story.id === id && isSatisfied(entry.status));
}
