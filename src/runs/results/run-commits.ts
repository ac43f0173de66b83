import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import type { Git } from '../../platform/index.js';

/** A commit that a merge would bring. */
export interface RunCommit {
  readonly commit: string;
  /** Story that it made; null for a commit of somebody else on the same branch. */
  readonly story: string | null;
  readonly subject: string;
}

/** Commits of the run that `tip` does not have, oldest first. */
export async function commitsBeyond(
  git: Git,
  record: RunRecord,
  tip: string,
): Promise<RunCommit[]> {
  const format = '--format=%H%x00%(trailers:key=Codetether-Story,valueonly,separator=%x2C)%x00%s';
  const range = [record.headCommit, `^${tip}`];
  const answer = await git.run([
    'log',
    '--reverse',
    '--topo-order',
    '--no-merges',
    format,
    ...range,
  ]);
  const byCommit = new Map(record.stories.map(({ commit, story }) => [commit, story.id]));
  return answer.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', trailer = '', subject = ''] = line.split('\0');
      return { commit, story: byCommit.get(commit) ?? (trailer === '' ? null : trailer), subject };
    });
}

/**
 * The commits of the wanted stories. Throws InvalidInputError `ERR_STORY_UNKNOWN` for a story without a commit, and
 * `ERR_STORY_LEFT_OUT` when one of them needs a story that stays behind.
 */
export function selectStories(
  record: RunRecord,
  commits: readonly RunCommit[],
  wanted: readonly string[],
): RunCommit[] {
  const committed = new Set(commits.map(({ story }) => story));
  const known = new Map(record.stories.map((entry) => [entry.story.id, entry]));
  for (const id of wanted) {
    const entry = known.get(id);
    if (entry !== undefined && (committed.has(id) || entry.commit !== null)) continue;
    throw withoutCommit(
      record,
      id,
      [...committed].filter((story) => story !== null),
    );
  }
  for (const id of wanted) assertDependencies({ id, wanted, committed, known });
  return commits.filter(({ story }) => story !== null && wanted.includes(story));
}

function assertDependencies(context: {
  readonly id: string;
  readonly wanted: readonly string[];
  /** Stories whose commits the target does not have. */
  readonly committed: ReadonlySet<string | null>;
  readonly known: ReadonlyMap<string, RunRecord['stories'][number]>;
}): void {
  const { id, wanted, committed, known } = context;
  const left = (known.get(id)?.story.dependsOn ?? []).filter(
    (dependency) => committed.has(dependency) && !wanted.includes(dependency),
  );
  if (left.length === 0) return;
  throw new InvalidInputError('ERR_STORY_LEFT_OUT', {
    message: `story ${id} depends on ${left.join(', ')}, which --only leaves out`,
    where: { story: id, field: '--only' },
    hint: `add it: --only ${[...wanted, ...left].join(',')}`,
    data: { missing: left },
  });
}

/** The error for a story whose work cannot be shown or merged; `known` are the ones that can. */
export function withoutCommit(
  record: RunRecord,
  id: string,
  known: readonly string[],
): InvalidInputError {
  const entry = record.stories.find(({ story }) => story.id === id);
  return new InvalidInputError('ERR_STORY_UNKNOWN', {
    message:
      entry === undefined
        ? `run ${record.runId} has no story ${id}`
        : `story ${id} made no commit in run ${record.runId}: ${entry.status}`,
    where: { story: id },
    hint: `the stories with commits: ${known.join(', ') || 'none'}`,
  });
}
