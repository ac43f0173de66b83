import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import { createGit, type Git, type GitIdentity } from './git.js';
import { keepBytes } from './kept-bytes.js';
import { openForReading } from './repository.js';
import { isSecretName } from './secret-name.js';
import { fetchArguments, type UserRepository } from './user-repository.js';

/** Where runs of a repository without a commit start: commits that only the engine's clone has. */
export interface FirstCommit {
  readonly commit: string;
  /** Files of it, as they lay in the work tree. */
  readonly files: readonly string[];
  /** Files that are neither ignored nor part of it: secrets by their name, and what dependencies bring. */
  readonly leftOut: readonly string[];
}

/** The repository whose first commit is made. */
export interface FirstCommitRequest {
  /** The engine's bare clone; made when it is not there. */
  readonly gitDir: string;
  /** Work tree of the person's repository, which is only read. */
  readonly topLevel: string;
  readonly author: GitIdentity;
}

const ENGINE: GitIdentity = { name: 'CodeTether', email: 'codetether@localhost' };
/** With a fixed date the empty root is the same commit in every run, so that results of several runs fit together. */
const EPOCH = '2000-01-01T00:00:00Z';

const MOST_FILES = 2000;
const MOST_BYTES = 64 * 1024 * 1024;

const BROUGHT =
  /(?:^|\/)(?:node_modules|\.venv|venv|__pycache__|\.(?:mypy|pytest|ruff)_cache|\.gradle|\.DS_Store)(?:\/|$)/;

/**
 * Makes an empty root commit, and on it one with the files as they lie there, in the engine's clone. Throws InvalidInputError
 * `ERR_NO_COMMIT` for more files than a person would commit unseen.
 */
export async function makeFirstCommit(request: FirstCommitRequest): Promise<FirstCommit> {
  const { gitDir, topLevel, author } = request;
  await mkdir(gitDir, { recursive: true });
  const git = createGit({ gitDir });
  await git.run(['init', '--bare', '--quiet']);
  await keepBytes(gitDir);
  const { stdout } = await git.run(['mktree'], { stdin: '' });
  const empty = stdout.toString('utf8').trim();
  const root = await git.commitTree({
    tree: empty,
    parents: [],
    message: 'chore: empty root\n',
    author: ENGINE,
    date: EPOCH,
  });
  const { files, leftOut, changedAt } = await filesOf(topLevel);
  const tree = files.length === 0 ? empty : await treeOf({ gitDir, topLevel }, files);
  const commit =
    tree === empty
      ? root
      : await git.commitTree({
          tree,
          parents: [root],
          message: 'chore: files as they were before the first run\n',
          author,
          committer: ENGINE,
          // of the files, so that the same ones give the same commit
          date: changedAt.toISOString(),
        });
  await keep(git, commit);
  return { commit, files, leftOut };
}

const FIRST_REFS = 'refs/codetether/first';

/** Kept by a ref, so that nothing can collect it, and that a merge finds it. */
async function keep(git: Git, commit: string): Promise<void> {
  await git.run(['update-ref', `${FIRST_REFS}/${commit}`, commit]);
}

/** The first commit on which `commit` builds; undefined for a commit of an ordinary repository. */
export async function firstCommitOf(gitDir: string, commit: string): Promise<string | undefined> {
  const words = ['for-each-ref', '--format=%(objectname)', `--merged=${commit}`, FIRST_REFS];
  const answer = await createGit({ gitDir }).run(words, { accept: [128, 129] });
  const [first = ''] = answer.stdout.toString('utf8').trim().split('\n');
  return answer.exitCode === 0 && first !== '' ? first : undefined;
}

/** A branch of a person's repository that has no commit, and the first commit that it gets. */
export interface BranchBirth {
  /** The engine's bare clone, which has the commit. */
  readonly source: string;
  readonly commit: string;
  readonly branch: string;
}

/**
 * Gives the branch that is checked out and has no commit its first one, as if the person had committed their files when the
 * run began. Files are not touched; what was changed since shows as changed. Gives the way back.
 */
export async function bearBranch(
  { git, topLevel }: UserRepository,
  { source, commit, branch }: BranchBirth,
): Promise<() => Promise<void>> {
  await git.run(fetchArguments(source, [commit]));
  const { stdout } = await git.run(['rev-parse', '--git-path', 'index']);
  const index = resolve(topLevel, stdout.toString('utf8').trim());
  const kept = await readFile(index).catch(() => undefined);
  const ref = `refs/heads/${branch}`;
  const restoreIndex = async (): Promise<void> => {
    if (kept === undefined) await rm(index, { force: true });
    else await writeFile(index, kept);
  };
  try {
    await git.run(['read-tree', commit]);
    await git.updateRef({ ref, next: commit, expected: null });
  } catch (error) {
    await restoreIndex();
    throw error;
  }
  return async () => {
    await git.run(['update-ref', '-d', ref, commit], { accept: [1, 128] });
    await restoreIndex();
  };
}

interface PresentFiles {
  readonly files: string[];
  readonly leftOut: string[];
  /** When the newest of them was changed, to the second. */
  readonly changedAt: Date;
}

async function filesOf(topLevel: string): Promise<PresentFiles> {
  const reading = await openForReading(topLevel);
  const listing = await reading.raw([
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ]);
  const paths = [...new Set(listing.split('\0'))].filter((path) => path !== '');
  const files: string[] = [];
  const leftOut: string[] = [];
  let bytes = 0;
  let newest = 0;
  for (const path of paths) {
    const facts = await lstat(join(topLevel, path)).catch(() => undefined);
    const isFile = facts?.isFile() === true || facts?.isSymbolicLink() === true;
    if (facts === undefined) continue;
    if (!isFile || isSecretName(path) || BROUGHT.test(path)) {
      leftOut.push(path);
      continue;
    }
    files.push(path);
    bytes += facts.size;
    newest = Math.max(newest, facts.mtimeMs);
    if (files.length > MOST_FILES || bytes > MOST_BYTES) throw tooMuch(topLevel);
  }
  return { files, leftOut, changedAt: new Date(Math.floor(newest / 1000) * 1000) };
}

function tooMuch(topLevel: string): InvalidInputError {
  return new InvalidInputError('ERR_NO_COMMIT', {
    message: `the repository has no commit yet, and more files (over ${MOST_FILES}, or ${MOST_BYTES / 1024 ** 2} MiB) than are taken unseen`,
    where: { file: topLevel },
    hint: 'write a .gitignore for what is not yours, then: git add -A && git commit -m "first commit"',
  });
}

async function treeOf(
  { gitDir, topLevel }: Pick<FirstCommitRequest, 'gitDir' | 'topLevel'>,
  files: readonly string[],
): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'codetether-index-'));
  try {
    const git = createGit({ gitDir, workTree: topLevel, indexFile: join(scratch, 'index') });
    await git.run(['update-index', '--add', '-z', '--stdin'], { stdin: files.join('\0') });
    return (await git.run(['write-tree'])).stdout.toString('utf8').trim();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
