import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import { bareRepository, createGit, openUserRepository, type Git } from '../../platform/index.js';
import { withoutCommit } from './run-commits.js';

/** What of a run is to be compared. */
export interface DiffRequest {
  readonly record: RunRecord;
  /** One story alone. Default: everything from base to head. */
  readonly story?: string | undefined;
  /** Names and counts instead of the changes themselves. */
  readonly isStat: boolean;
  readonly isColoured: boolean;
}

/** What a run or a story changed. */
export interface RunDiff {
  readonly from: string;
  readonly to: string;
  /** As `git diff` prints it. */
  readonly text: string;
  readonly files: readonly DiffFile[];
}

/** One changed file; lines are null for a binary file. */
export interface DiffFile {
  readonly path: string;
  readonly addedLines: number | null;
  readonly removedLines: number | null;
}

/**
 * Compares what a run did, from the person's repository, or from the engine's clone when the commits are gone there. The run
 * may be open. Throws InvalidInputError `ERR_STORY_UNKNOWN`, `ERR_COMMITS_MISSING`.
 */
export async function diffRun(home: string, request: DiffRequest): Promise<RunDiff> {
  const { record } = request;
  const to = request.story === undefined ? record.headCommit : tipOfStory(record, request.story);
  const git = await gitThatHolds(home, record, to);
  const head = (await git.resolve(`${to}^{commit}`)) ?? to;
  const from = await startOf(git, request, head);
  const plain = ['diff', '--no-ext-diff', '--no-textconv', '--no-renames'];
  const [numbers, shown] = await Promise.all([
    git.run([...plain, '--numstat', '-z', from, head]),
    git.run([
      ...plain,
      request.isColoured ? '--color=always' : '--color=never',
      // whatever the person's own git is set to: the page of a diff finds the files by it
      '--src-prefix=a/',
      '--dst-prefix=b/',
      ...(request.isStat ? ['--stat'] : []),
      from,
      head,
    ]),
  ]);
  return {
    from,
    to: head,
    text: shown.stdout.toString('utf8'),
    files: parseNumbers(numbers.stdout.toString('utf8')),
  };
}

/** Commit of a story, or the branch that keeps what could not be merged. */
function tipOfStory(record: RunRecord, id: string): string {
  const entry = record.stories.find(({ story }) => story.id === id);
  const kept = entry?.branch ?? null;
  const tip = entry?.commit ?? (kept === null ? null : `refs/heads/${kept}`);
  if (tip !== null) return tip;
  const known = record.stories.flatMap(({ story, commit }) => (commit === null ? [] : [story.id]));
  throw withoutCommit(record, id, known);
}

async function gitThatHolds(home: string, record: RunRecord, revision: string): Promise<Git> {
  const places = [
    async () => (await openUserRepository(record.repository)).git,
    async () => createGit({ gitDir: bareRepository(home, record.repository) }),
  ];
  for (const open of places) {
    const git = await holder(open, revision);
    if (git !== undefined) return git;
  }
  throw new InvalidInputError('ERR_COMMITS_MISSING', {
    message: `${revision} is neither in the repository nor in the engine's clone`,
    where: { file: record.repository },
    hint: 'the work is gone when its branch and the clone are; run the PRD again',
  });
}

/** Git there when it has the revision; undefined also when the folder is gone. */
async function holder(open: () => Promise<Git>, revision: string): Promise<Git | undefined> {
  try {
    const git = await open();
    return (await git.resolve(`${revision}^{commit}`)) === undefined ? undefined : git;
  } catch {
    return undefined;
  }
}

/** A story is compared with the commit before it, a run with its base. */
async function startOf(git: Git, request: DiffRequest, head: string): Promise<string> {
  const { record, story } = request;
  const isCommitted = record.stories.some((entry) => entry.commit === head);
  if (story !== undefined && isCommitted)
    return (await git.resolve(`${head}^`)) ?? record.baseCommit;
  if (story === undefined) return record.baseCommit;
  const base = await git.run(['merge-base', record.headCommit, head], { accept: [1, 128] });
  const shared = base.stdout.toString('utf8').trim();
  return shared === '' ? record.baseCommit : shared;
}

/** Parses `--numstat -z`: counts (a dash for binary files), a tab, the path, NUL. */
function parseNumbers(text: string): DiffFile[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [added = '', removed = '', ...path] = line.split('\t');
      const count = (digits: string): number | null => (digits === '-' ? null : Number(digits));
      return { path: path.join('\t'), addedLines: count(added), removedLines: count(removed) };
    });
}
