import {
  isSatisfied,
  runRecordSchema,
  type AttemptRecord,
  type RunRecord,
  type RunStatus,
  type Story,
} from '../../domain/index.js';
import type { RalphInput } from '../../contracts/index.js';
import { endAttempt, iterations, withStory } from '../lib/ledger.js';

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
    ...(input.paths === undefined ? {} : { paths: input.paths }),
    baseBranch: input.baseBranch,
    continuesBranch: input.continuesBranch,
  };
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
