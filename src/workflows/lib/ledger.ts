import {
  nextStory,
  strandedStories,
  ZERO_SPENDING,
  type AttemptRecord,
  type RunRecord,
  type Story,
  type StoryRecord,
} from '../../domain/index.js';
import { workflowTime } from './scope.js';

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

/** An attempt with its end. */
export type SubtaskEnd = AttemptEnd & { readonly attempt: AttemptRecord };

/** What of an attempt at a subtask is not empty. */
type AttemptFacts = Pick<
  AttemptRecord,
  'number' | 'outcome' | 'reason' | 'spending' | 'startedAt'
> &
  Partial<Pick<AttemptRecord, 'summary' | 'changedFiles' | 'conversation'>>;

/** The record of an attempt that ends now. */
export function attemptRecord(facts: AttemptFacts): AttemptRecord {
  const endedAt = workflowTime();
  return {
    summary: '',
    learnings: [],
    evidence: [],
    changedDefinitions: [],
    changedFiles: [],
    ...facts,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(facts.startedAt)),
  };
}

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

/**
 * Marks pending stories whose dependencies can no longer be satisfied, and says of each that waits in vain what it waits for now: one
 * more may have failed since. Pure; the same record when nothing changed.
 */
export function markStranded(record: RunRecord): RunRecord {
  const stranded = new Set(strandedStories(record.stories));
  const lost = new Set(
    record.stories
      .filter(({ story, status }) => stranded.has(story.id) || LOST.has(status))
      .map(({ story }) => story.id),
  );
  let hasChanged = false;
  const stories = record.stories.map((entry): StoryRecord => {
    const { story, status } = entry;
    const isStranded = stranded.has(story.id);
    if (!isStranded && status !== 'waiting_on_dependency') return entry;
    const reason = `waits for ${story.dependsOn.filter((id) => lost.has(id)).join(', ')}`;
    if (!isStranded && (reason === entry.reason || !story.dependsOn.some((id) => lost.has(id))))
      return entry;
    hasChanged = true;
    return { ...entry, status: 'waiting_on_dependency', reason };
  });
  return hasChanged ? { ...record, stories } : record;
}

/** Ends that let nothing start that depends on them. */
const LOST: ReadonlySet<StoryRecord['status']> = new Set([
  'failed',
  'blocked',
  'skipped',
  'waiting_on_dependency',
]);

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
