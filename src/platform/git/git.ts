import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InfrastructureError, trimEndOf } from '../../domain/index.js';
import { parseChangedFiles, type TreeDiff } from './tree-diff.js';
import { runGitProcess, type GitAnswer } from './git-process.js';
import { refMoved } from './objects/loose-store.js';
import { removeStaleLock } from './stale-lock.js';
import { makeReadable, unreadableIn } from './unreadable-files.js';

/** Author or committer of a commit. */
export interface GitIdentity {
  readonly name: string;
  readonly email: string;
}

/** Where a {@link Git} works. Paths are absolute. */
export interface GitLocation {
  readonly gitDir: string;
  /** Needed by everything that reads or writes files. */
  readonly workTree?: string;
  /** Index of its own, so that nobody else's index is touched. Default: the repository's. */
  readonly indexFile?: string;
  /** File of further ignore patterns, weaker than the `.gitignore` files; need not exist. */
  readonly excludesFile?: string;
  /** The repository is a person's: a lock in the way may be theirs, however old, and is never removed. Default false. */
  readonly isForeign?: boolean;
  /** Where new objects go, and further folders of objects to read. Default: the repository's own. */
  readonly objects?: { readonly writeTo: string; readonly readFrom: readonly string[] };
}

/** A commit to be made from a tree. */
export interface CommitRequest {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: GitIdentity;
  readonly committer?: GitIdentity;
  /** ISO 8601; with the same date the commit id is the same on every retry. */
  readonly date: string;
  /** When the author wrote it, in any format of git. Default `date`. */
  readonly authorDate?: string;
}

/** Moves a ref only from a known place. */
export interface RefMove {
  readonly ref: string;
  readonly next: string;
  /** The commit it must be at now; null = the ref must not exist. */
  readonly expected: string | null;
}

/** Extras of {@link Git.run}. */
export interface GitRunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly accept?: readonly number[];
  /** Further commands, each run when the one before ended with 0; the answer is what all of them print. */
  readonly followedBy?: readonly (readonly string[])[];
}

/** Options of {@link Git.checkoutTree}. */
export interface CheckoutOptions {
  readonly removeIgnored?: boolean;
  /**
   * Files whose content is right keep their times: build caches tell by them. Without it a file that was given to another owner
   * is written anew; with it its content is read.
   */
  readonly keepTimes?: boolean;
}

/** Everything that is not ignored, as a tree beside a base. */
export interface StagedDiff {
  readonly tree: string;
  /** Folders that git cannot take: repositories without a commit. */
  readonly leftOut: readonly string[];
  readonly diff: TreeDiff;
}

/** Git plumbing with the engine's own environment: no hooks, no user or system configuration, no guessing of paths. */
export interface Git {
  /** Runs any git command. Throws `ERR_GIT_FAILED`. */
  run(args: readonly string[], options?: GitRunOptions): Promise<GitAnswer>;
  /** Stages everything that is not ignored and returns the tree id. */
  writeTree(): Promise<string>;
  /** As {@link Git.writeTree}, and names the folders that git cannot take: repositories without a commit. */
  stageTree(): Promise<{ readonly tree: string; readonly leftOut: readonly string[] }>;
  /** As {@link Git.stageTree}, with what differs from `base`. */
  stageDiff(base: string): Promise<StagedDiff>;
  commitTree(request: CommitRequest): Promise<string>;
  /** Compare-and-swap; already at `next` is success. Throws `ERR_REF_MOVED` when it is anywhere else. */
  updateRef(move: RefMove): Promise<void>;
  /** Object id of a revision, or undefined. */
  resolve(revision: string): Promise<string | undefined>;
  /** Makes the files equal `tree`: changed files reset, strays removed; ignored files stay unless `removeIgnored`. */
  checkoutTree(tree: string, options?: CheckoutOptions): Promise<void>;
  /** Files that differ between two trees or commits, renames not detected. */
  diffTrees(from: string, to: string): Promise<TreeDiff>;
  /** Bytes of a file in a tree, or undefined when it is not a file there. */
  readFile(tree: string, path: string): Promise<Buffer | undefined>;
}

/** Git on one location. Cheap; holds no process. */
export function createGit(location: GitLocation): Git {
  const run = createRun(location);
  const line = async (args: readonly string[], options?: GitRunOptions): Promise<string> =>
    (await run(args, options)).stdout.toString('utf8').trim();
  const resolve = async (revision: string): Promise<string | undefined> => {
    const answer = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', revision], {
      accept: [1, 128],
    });
    return answer.exitCode === 0 ? answer.stdout.toString('utf8').trim() : undefined;
  };

  return {
    run,
    resolve,
    stageTree: () => stageTree(location, run),
    stageDiff: (base) => stageDiff(location, run, base),
    writeTree: async () => (await stageTree(location, run)).tree,
    async commitTree(request) {
      const committer = request.committer ?? request.author;
      return line(
        ['commit-tree', request.tree, ...request.parents.flatMap((id) => ['-p', id]), '-F', '-'],
        {
          stdin: request.message,
          env: {
            GIT_AUTHOR_NAME: request.author.name,
            GIT_AUTHOR_EMAIL: request.author.email,
            GIT_AUTHOR_DATE: request.authorDate ?? request.date,
            GIT_COMMITTER_NAME: committer.name,
            GIT_COMMITTER_EMAIL: committer.email,
            GIT_COMMITTER_DATE: request.date,
          },
        },
      );
    },
    async updateRef(move) {
      await updateRef(run, resolve, move);
    },
    checkoutTree: (tree, options = {}) => checkoutTree(location, run, { tree, ...options }),
    diffTrees: (from, to) => diffTrees(run, from, to),
    async readFile(tree, path) {
      const answer = await run(['cat-file', 'blob', `${tree}:${path}`], { accept: [128] });
      return answer.exitCode === 0 ? answer.stdout : undefined;
    },
  };
}

interface Checkout extends CheckoutOptions {
  readonly tree: string;
}

async function checkoutTree(location: GitLocation, run: Run, checkout: Checkout): Promise<void> {
  if (location.indexFile !== undefined)
    await mkdir(dirname(location.indexFile), { recursive: true });
  const clean = ['clean', checkout.removeIgnored === true ? '-ffdxq' : '-ffdq'];
  const reset = ['read-tree', '--reset', '-u', checkout.tree];
  if (checkout.keepTimes === true)
    await run(['update-index', '-q', '--refresh'], { accept: [1, 128] });
  try {
    await run(reset, { followedBy: [clean] });
  } catch (error) {
    if (!(error instanceof InfrastructureError) || error.code !== 'ERR_DISK_FULL') throw error;
    // What lies beside the tracked files is thrown away anyway: first, so that there is room for them.
    await run(clean);
    await run(reset, { followedBy: [clean] });
  }
}

type Run = Git['run'];

/** Runs git there, once more when a lock was in the way that nobody alive owns. */
function createRun(location: GitLocation): Run {
  return async (args, options = {}) => {
    const cwd = location.workTree ?? location.gitDir;
    const env = { ...locationEnvironment(location), ...options.env };
    const { stdin, accept, followedBy } = options;
    const settings =
      location.excludesFile === undefined ? [] : [`core.excludesFile=${location.excludesFile}`];
    const command = { args, env, cwd, stdin, accept, followedBy, settings };
    if (location.isForeign === true) return runGitProcess(command);
    try {
      const answer = await runGitProcess(command);
      const isRepeated = answer.exitCode !== 0 && (await removeStaleLock(answer.stderr, cwd));
      return isRepeated ? await runGitProcess(command) : answer;
    } catch (error) {
      if (!(error instanceof InfrastructureError) || !(await removeStaleLock(error.message, cwd)))
        throw error;
      return runGitProcess(command);
    }
  };
}

function locationEnvironment(location: GitLocation): Record<string, string> {
  return {
    GIT_DIR: location.gitDir,
    ...(location.workTree === undefined ? {} : { GIT_WORK_TREE: location.workTree }),
    ...(location.indexFile === undefined ? {} : { GIT_INDEX_FILE: location.indexFile }),
    ...(location.objects === undefined
      ? {}
      : {
          GIT_OBJECT_DIRECTORY: location.objects.writeTo,
          // Quoted, because a colon separates the folders.
          GIT_ALTERNATE_OBJECT_DIRECTORIES: location.objects.readFrom
            .map((path) => `"${path.replace(/[\\"]/g, '\\$&')}"`)
            .join(':'),
        }),
  };
}

async function stageTree(
  location: GitLocation,
  run: Run,
): Promise<{ tree: string; leftOut: string[] }> {
  if (location.indexFile !== undefined)
    await mkdir(dirname(location.indexFile), { recursive: true });
  // One start of a shell instead of two of git: forking the worker is the dear part.
  const both = await run(['add', '-A'], { accept: [1, 128], followedBy: [['write-tree']] });
  const isReadable = !(await makeReadable(location.workTree, both.stderr));
  if (both.exitCode === 0 && isReadable)
    return { tree: both.stdout.toString('utf8').trim(), leftOut: [] };
  const leftOut = await stageEverything(run, location.workTree);
  const { stdout } = await run(['write-tree']);
  return { tree: stdout.toString('utf8').trim(), leftOut };
}

/** How differences are listed for `parseChangedFiles`. */
const RAW_DIFF = ['-r', '-z', '--no-renames', '--raw', '--no-abbrev'];

async function diffTrees(run: Run, from: string, to: string): Promise<TreeDiff> {
  const raw = await run(['diff-tree', ...RAW_DIFF, from, to]);
  return { files: parseChangedFiles(raw.stdout) };
}

/** One start of a shell for the three commands; what git cannot take is sorted out one by one. */
async function stageDiff(location: GitLocation, run: Run, base: string): Promise<StagedDiff> {
  if (location.indexFile !== undefined)
    await mkdir(dirname(location.indexFile), { recursive: true });
  const all = await run(['add', '-A'], {
    accept: [1, 128],
    followedBy: [['write-tree'], ['diff-index', '--cached', ...RAW_DIFF, base]],
  });
  const isWhole = all.exitCode === 0 && !(await makeReadable(location.workTree, all.stderr));
  const end = all.stdout.indexOf('\n');
  if (isWhole && end > 0) {
    const tree = all.stdout.subarray(0, end).toString('utf8').trim();
    return { tree, leftOut: [], diff: { files: parseChangedFiles(all.stdout.subarray(end + 1)) } };
  }
  const staged = await stageTree(location, run);
  return { ...staged, diff: await diffTrees(run, base, staged.tree) };
}

const EMBEDDED = "error: '";

/** The folder that git complains about, whatever its name holds; undefined when it complains about something else. */
function folderWithoutCommit(stderr: string): string | undefined {
  const start = stderr.indexOf(EMBEDDED);
  const end = start < 0 ? -1 : stderr.indexOf("' does not have a commit checked out", start);
  return end < 0 ? undefined : trimEndOf(stderr.slice(start + EMBEDDED.length, end), '/');
}

/** A folder with a `.git` that has no commit stops `git add`; it is left out and named, and the rest is taken. */
async function stageEverything(run: Run, workTree: string | undefined): Promise<string[]> {
  const excluded: string[] = [];
  for (;;) {
    const pathspec =
      excluded.length === 0
        ? []
        : ['--', '.', ...excluded.map((path) => `:(exclude,literal)${path}`)];
    const answer = await run(['add', '-A', ...pathspec], { accept: [1, 128] });
    if (answer.exitCode === 0) return excluded;
    const embedded = folderWithoutCommit(answer.stderr) ?? unreadableIn(answer.stderr)[0];
    if (embedded !== undefined && (await makeReadable(workTree, answer.stderr))) continue;
    if (embedded === undefined || excluded.includes(embedded)) {
      throw new InfrastructureError('ERR_GIT_FAILED', {
        message: `git add -A ended with ${answer.exitCode}: ${answer.stderr.trim()}`,
        hint: 'check the free space and the permissions of the folder',
        data: { command: 'git add -A', exit: answer.exitCode, stderr: answer.stderr.trim() },
      });
    }
    excluded.push(embedded);
  }
}

async function updateRef(run: Run, resolve: Git['resolve'], move: RefMove): Promise<void> {
  const expected = move.expected ?? '0'.repeat(move.next.length);
  const answer = await run(['update-ref', move.ref, move.next, expected], { accept: [1, 128] });
  if (answer.exitCode === 0) return;
  const actual = await resolve(move.ref);
  if (actual === move.next) return;
  throw refMoved(move, actual ?? null, `: ${answer.stderr.trim()}`);
}
