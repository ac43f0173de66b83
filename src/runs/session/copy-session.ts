import { ulid } from 'ulid';
import type { Config } from '../../config/index.js';
import {
  branchSlug,
  filesBehind,
  InvalidInputError,
  sessionStanding,
  turnOfStory,
  ZERO_SPENDING,
  type SessionTurn,
  type StoryRecord,
} from '../../domain/index.js';
import { bareRepository, createGit, runRef, saveRunPlan } from '../../platform/index.js';
import { savedRuns } from '../results/command-stores.js';
import type { SessionRecord } from './find-session.js';

/**
 * A session that begins as a copy of another one behind one of its prompts, with the files of that prompt; default: as it stands. The first
 * one is not changed, and may be at work. Throws InvalidInputError `ERR_SESSION_TURN`, `ERR_COMMITS_MISSING`.
 */
export async function forkSession(
  config: Config,
  { record, at }: { readonly record: SessionRecord; readonly at?: number | undefined },
): Promise<SessionRecord> {
  const { planOfSession } = await import('../../client/index.js');
  const kept = keptTurns(record, at);
  const runId = ulid().toLowerCase();
  const last = kept.at(-1)?.number ?? 0;
  const head =
    at === undefined
      ? record.headCommit
      : filesBehind(record.session, { to: at, base: record.baseCommit });
  if (head !== '') await keepFiles(config, { repository: record.repository, runId, head });
  const now = new Date().toISOString();
  const numbers = new Set(kept.map(({ number }) => number));
  const { published: _shown, ...said } = record.session;
  const { branch, discardedAt: _discarded, merges: _merges, overhead: _paid, ...rest } = record;
  const fork: SessionRecord = {
    ...rest,
    runId,
    workflowId: `session/${runId}`,
    status: 'passed',
    reason: `a copy of session ${record.runId}`,
    startedAt: now,
    endedAt: now,
    failure: null,
    standstill: null,
    branch:
      branch === '' ? '' : `session/${branchSlug(record.feature.slice(0, 40))}-${runId.slice(-6)}`,
    publishedBranch: null,
    headCommit: head,
    stories: record.stories
      .filter(({ story }) => numbers.has(turnOfStory(story.id) ?? 0))
      .map(withoutSpending),
    session: {
      ...said,
      entries: kept.map((turn) => withFiles(record, turn)),
      forkOf: { runId: record.runId, at: last },
    },
  };
  await saveRunPlan(config.home, planOfSession(fork));
  await savedRuns(config).save(fork);
  return fork;
}

/** Turns of the conversation up to the one that is named; those that have not ended are not copied. */
function keptTurns(record: SessionRecord, at: number | undefined): SessionTurn[] {
  const { path } = sessionStanding(record.session);
  const ended = path.filter(({ number }) => {
    const entry = record.stories.find(({ story }) => turnOfStory(story.id) === number);
    return entry !== undefined && entry.status !== 'running' && entry.status !== 'pending';
  });
  if (at === undefined) return ended;
  if (at === 0 || ended.some(({ number }) => number === at))
    return ended.filter(({ number }) => number <= at);
  throw new InvalidInputError('ERR_SESSION_TURN', {
    message: `the conversation of session ${record.runId} has no prompt ${at} that was worked off`,
    where: { field: '--at' },
    hint: `codetether session show ${record.runId} lists the prompts`,
  });
}

/** A copy has no rewinds: what the files were behind each prompt is in the prompt itself. */
function withFiles({ session, baseCommit }: SessionRecord, turn: SessionTurn): SessionTurn {
  if (session.access !== 'write') return turn;
  return { ...turn, commit: filesBehind(session, { to: turn.number, base: baseCommit }) };
}

/** What was paid was paid by the first session. */
function withoutSpending({ openSpending: _told, ...entry }: StoryRecord): StoryRecord {
  return {
    ...entry,
    attempts: entry.attempts.map((attempt) => ({ ...attempt, spending: ZERO_SPENDING })),
  };
}

/** The commit is the copy's own: it stays when the first session is deleted. */
async function keepFiles(
  { home }: Config,
  { repository, runId, head }: { repository: string; runId: string; head: string },
): Promise<void> {
  const gitDir = bareRepository(home, repository);
  const git = createGit({ gitDir });
  const commit = await git.resolve(`${head}^{commit}`).catch(() => undefined);
  if (commit !== undefined)
    return git.updateRef({ ref: runRef(runId), next: commit, expected: null });
  throw new InvalidInputError('ERR_COMMITS_MISSING', {
    message: `commit ${head} is not in the engine's clone`,
    where: { file: repository },
    hint: 'say something in the session first, or begin a new one',
  });
}
