import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { simpleGit, type SimpleGit, type StatusResult } from 'simple-git';
import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import { hostEnvironment } from '../process/host-environment.js';

/** A file of the user's work tree that differs from HEAD. */
export interface DirtyFile {
  /** Relative to the top level. */
  readonly path: string;
  readonly state: 'untracked' | 'modified' | 'added' | 'deleted' | 'renamed' | 'conflicted';
}

/** What CodeTether needs to know of a user's repository before it touches anything. */
export interface RepositoryFacts {
  /** Absolute path of the work tree; of the repository itself when it is bare. */
  readonly topLevel: string;
  /** Absolute path of the shared git folder, also for linked worktrees. */
  readonly gitDir: string;
  /** Null before the first commit. */
  readonly headCommit: string | null;
  /** Null when HEAD is detached. */
  readonly branch: string | null;
  readonly branches: readonly string[];
  /** Branches that are checked out in any worktree; they must not be moved. */
  readonly checkedOutBranches: readonly string[];
  readonly dirtyFiles: readonly DirtyFile[];
  /** Null where user.name or user.email is not configured. */
  readonly identity: { readonly name: string; readonly email: string } | null;
  readonly isBare: boolean;
  readonly isShallow: boolean;
  readonly signsCommits: boolean;
}

/** One commit of a log. */
export interface CommitSummary {
  readonly commit: string;
  readonly subject: string;
  readonly body: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** ISO 8601. */
  readonly committedAt: string;
}

/** Which commits {@link readLog} returns, newest first. */
export interface LogRange {
  readonly revision: string;
  /** At most so many; default 50. */
  readonly limit?: number;
}

/**
 * Reads the facts of the repository that holds `path`; changes nothing, not even its index.
 * Throws InvalidInputError `ERR_NOT_A_REPOSITORY` or `ERR_REPOSITORY_UNTRUSTED` (owned by somebody else).
 */
export async function inspectRepository(path: string): Promise<RepositoryFacts> {
  const git = await openForReading(path);
  const isBare = (await git.revparse(['--is-bare-repository'])).trim() === 'true';
  const gitDir = absolute(path, (await git.revparse(['--git-common-dir'])).trim());
  const topLevel = isBare ? gitDir : (await git.revparse(['--show-toplevel'])).trim();
  const headCommit = await answerOrNull(git, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  const [branch, local, worktrees, shallow] = await Promise.all([
    answerOrNull(git, ['symbolic-ref', '--quiet', '--short', 'HEAD']),
    git.raw(['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads']),
    git.raw(['worktree', 'list', '--porcelain']),
    git.revparse(['--is-shallow-repository']),
  ]);
  return {
    topLevel,
    gitDir,
    headCommit,
    branch,
    branches: local.split('\n').filter((name) => name !== ''),
    checkedOutBranches: isBare ? [] : checkedOutBranches(worktrees),
    dirtyFiles: isBare ? [] : dirtyFiles(await git.cwd(topLevel).status(['--untracked-files=all'])),
    identity: await readIdentity(git),
    isBare,
    isShallow: shallow.trim() === 'true',
    signsCommits: (await answerOrNull(git, ['config', '--type=bool', 'commit.gpgsign'])) === 'true',
  };
}

/** Commits of a user's repository, newest first. Throws as {@link inspectRepository} does. */
export async function readLog(path: string, range: LogRange): Promise<CommitSummary[]> {
  const git = await openForReading(path);
  const log = await git.log([range.revision, `--max-count=${range.limit ?? 50}`]);
  return log.all.map((entry) => ({
    commit: entry.hash,
    subject: entry.message,
    body: entry.body,
    authorName: entry.author_name,
    authorEmail: entry.author_email,
    committedAt: entry.date,
  }));
}

/** The files of one commit of a user's repository. */
export interface CommitFiles {
  /** Every path, relative to the top level, with forward slashes. */
  readonly paths: readonly string[];
  /** Text of a file; undefined when it is not there or is no text that git can show. */
  read(path: string): Promise<string | undefined>;
}

/** Lists a commit of a user's repository; its work tree does not count. Throws as {@link inspectRepository} does. */
export async function readCommitFiles(path: string, commit: string): Promise<CommitFiles> {
  const git = await openForReading(path);
  const listing = await git.raw(['ls-tree', '-r', '-z', '--full-tree', '--name-only', commit]);
  return {
    paths: listing.split('\0').filter((name) => name !== ''),
    async read(file) {
      try {
        return await git.raw(['cat-file', 'blob', `${commit}:${file}`]);
      } catch {
        return undefined;
      }
    },
  };
}

/** Files of a commit with their sizes, sorted as git sorts; submodules are left out. */
export async function listTreeFiles(
  path: string,
  commit: string,
): Promise<{ readonly path: string; readonly bytes: number }[]> {
  const git = await openForReading(path);
  const listing = await git.raw(['ls-tree', '-r', '-z', '-l', '--full-tree', commit]);
  return listing.split('\0').flatMap((line) => {
    const [facts = '', name = ''] = line.split('\t');
    const bytes = Number(facts.trim().split(/\s+/).at(-1));
    return name === '' || Number.isNaN(bytes) ? [] : [{ path: name, bytes }];
  });
}

/**
 * Environment of a git that only looks: it starts no file monitor and no hook of the repository (both are programs of whoever
 * made it), and does not refresh the index.
 */
export const QUIET_GIT: Readonly<Record<string, string>> = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'core.fsmonitor',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_CONFIG_KEY_1: 'core.hooksPath',
  GIT_CONFIG_VALUE_1: '/dev/null',
};

/** simple-git on the repository that holds `path`, with the person's own configuration. Throws as {@link inspectRepository} does. */
export async function openForReading(
  path: string,
  environment: Readonly<Record<string, string>> = QUIET_GIT,
): Promise<SimpleGit> {
  if (!(await exists(path))) throw notARepository(path, 'the folder does not exist');
  const host = hostEnvironment();
  const git = simpleGit({
    baseDir: path,
    trimmed: false,
    // For QUIET_GIT, which names no program.
    allowEnvironment: Object.keys(QUIET_GIT),
    unsafe: {
      allowUnsafeConfigEnvCount: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeHooksPath: true,
    },
  }).env({
    PATH: host['PATH'],
    HOME: host['HOME'] ?? homedir(),
    ...(host['XDG_CONFIG_HOME'] === undefined ? {} : { XDG_CONFIG_HOME: host['XDG_CONFIG_HOME'] }),
    LC_ALL: 'C.UTF-8',
    ...environment,
  });
  try {
    await git.revparse(['--git-dir']);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    if (/not a git repository/i.test(text))
      throw notARepository(path, 'it is not inside a git repository');
    if (/dubious ownership/i.test(text)) {
      throw new InvalidInputError('ERR_REPOSITORY_UNTRUSTED', {
        message: 'the repository belongs to another user, so git refuses to read it',
        where: { file: path },
        hint: `git config --global --add safe.directory ${path}`,
        cause,
      });
    }
    if (/unknown repository (extension|storage)|repo version/i.test(text)) {
      throw new InvalidInputError('ERR_REPOSITORY_FORMAT', {
        message: `the repository is kept in a way that this git does not know: ${lastLine(text)}`,
        where: { file: path },
        hint: 'install a newer git, or work in a clone made by this one',
        cause,
      });
    }
    throw new InfrastructureError('ERR_GIT_FAILED', {
      message: `git cannot read the repository: ${text.trim()}`,
      where: { file: path },
      hint: 'run git status there and repair what it reports',
      cause,
    });
  }
  return git;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function notARepository(path: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_NOT_A_REPOSITORY', {
    message: `cannot work in ${path}: ${reason}`,
    where: { file: path },
    hint: `run the command inside a git repository, or make one of this folder: git init ${shellWord(path)} (a commit is not needed)`,
  });
}

/** A path as one word of a shell. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Trimmed output, or null when git answers with a non-zero exit, which simple-git raises. */
export async function answerOrNull(git: SimpleGit, args: string[]): Promise<string | null> {
  try {
    const text = (await git.raw(args)).trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}

async function readIdentity(git: SimpleGit): Promise<RepositoryFacts['identity']> {
  const name = await answerOrNull(git, ['config', 'user.name']);
  const email = await answerOrNull(git, ['config', 'user.email']);
  return name === null || email === null ? null : { name, email };
}

/** Branches in the output of `git worktree list --porcelain`: each is checked out somewhere and must not be moved. */
export function checkedOutBranches(porcelain: string): string[] {
  return [...porcelain.matchAll(/^branch refs\/heads\/(.+)$/gm)].map((match) => match[1] ?? '');
}

function dirtyFiles(status: StatusResult): DirtyFile[] {
  return status.files.map((file) => ({
    path: file.path,
    state: dirtyState(`${file.index}${file.working_dir}`),
  }));
}

function dirtyState(code: string): DirtyFile['state'] {
  if (code === '??') return 'untracked';
  if (code.includes('U') || code === 'AA' || code === 'DD') return 'conflicted';
  if (code.includes('R')) return 'renamed';
  if (code.includes('D')) return 'deleted';
  return code.includes('A') ? 'added' : 'modified';
}

function absolute(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
