import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import { hostEnvironment } from '../process/host-environment.js';
import { runProcess } from '../process/run-process.js';
import { createGit, type Git } from './git.js';
import { runGitProcess } from './git-process.js';
import { describeLock, heldLock, type HeldLock } from './stale-lock.js';

/** A worktree of a repository. */
export interface Worktree {
  /** Absolute path. */
  readonly path: string;
  /** Null when HEAD is detached, and for a bare repository. */
  readonly branch: string | null;
}

/** A person's repository, as far as the engine touches it. */
export interface UserRepository {
  /** Absolute path of the work tree. */
  readonly topLevel: string;
  /** Absolute path of the folder that holds objects and branches, whichever worktree `topLevel` is. */
  readonly commonDir: string;
  /** Plumbing without hooks and without anybody's configuration but the repository's own. */
  readonly git: Git;
}

/** Opens the repository of a work tree; `.git` may be a folder or a file that names one. Throws `ERR_GIT_FAILED`. */
export async function openUserRepository(topLevel: string): Promise<UserRepository> {
  const args = ['rev-parse', '--path-format=absolute', '--git-common-dir'];
  const answer = await runGitProcess({ args, env: {}, cwd: topLevel });
  const commonDir = answer.stdout.toString('utf8').trim();
  return {
    topLevel,
    commonDir,
    git: createGit({ gitDir: commonDir, workTree: topLevel, isForeign: true }),
  };
}

/** Every worktree of the repository, the main one first. */
export async function listWorktrees(repository: UserRepository): Promise<Worktree[]> {
  const answer = await repository.git.run(['worktree', 'list', '--porcelain', '-z']);
  return answer.stdout
    .toString('utf8')
    .split('\0\0')
    .map((block) => block.split('\0'))
    .map((lines) => ({
      path: field(lines, 'worktree '),
      branch: field(lines, 'branch refs/heads/'),
    }))
    .filter((worktree): worktree is Worktree => worktree.path !== null);
}

function field(lines: readonly string[], name: string): string | null {
  return lines.find((line) => line.startsWith(name))?.slice(name.length) ?? null;
}

/** Commit of a branch, or undefined when there is no such branch. */
export function branchTip(repository: UserRepository, branch: string): Promise<string | undefined> {
  return repository.git.resolve(`refs/heads/${branch}^{commit}`);
}

/** The other side is a git of its own, and asks for itself who owns the repository. */
export const UPLOAD_PACK: readonly string[] = [
  '--upload-pack',
  "git -c 'safe.directory=*' upload-pack",
];

/** Arguments of a fetch that writes nothing but objects and the refs of `refspecs`. */
export function fetchArguments(source: string, refspecs: readonly string[]): string[] {
  return [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    ...UPLOAD_PACK,
    source,
    ...refspecs,
  ];
}

/** A commit of the engine's clone for a branch of a person's repository. */
export interface Publication {
  /** Absolute path of the bare clone that holds the commit. */
  readonly source: string;
  readonly commit: string;
  readonly branch: string;
}

/** Why a branch was not moved; see {@link moveBranch}. */
export type BranchMove =
  | { readonly kind: 'moved' }
  /** It has commits that the new one does not build on. */
  | { readonly kind: 'other-commits' }
  /** Git cannot hold such a name beside the others. */
  | { readonly kind: 'unfit-name' }
  | { readonly kind: 'checked-out' }
  | { readonly kind: 'locked'; readonly lock: HeldLock };

/**
 * Moves a branch that nobody has checked out forward to the commit, or creates it, and says why not by what git really
 * answered. Throws `ERR_GIT_FAILED` for what has nothing to do with the branch.
 */
export async function moveBranch(
  repository: UserRepository,
  publication: Publication,
): Promise<BranchMove> {
  const refspec = `${publication.commit}:refs/heads/${publication.branch}`;
  // Told to be quiet, git does not say why it refuses.
  const args = fetchArguments(publication.source, [refspec]).filter((word) => word !== '--quiet');
  const { exitCode, stderr } = await repository.git.run(args, { accept: [1, 128] });
  if (exitCode === 0) return { kind: 'moved' };
  const lock = await heldLock(stderr, repository.topLevel);
  if (lock !== undefined) return { kind: 'locked', lock };
  if (/refusing to fetch into (?:current )?branch/.test(stderr)) return { kind: 'checked-out' };
  if (/\(non-fast-forward\)|\(fetch first\)/.test(stderr)) return { kind: 'other-commits' };
  if (/cannot lock ref|not a valid ref(?:name)?|directory\/file|D\/F conflict/i.test(stderr))
    return { kind: 'unfit-name' };
  throw new InfrastructureError('ERR_GIT_FAILED', {
    message: `git could not bring commit ${publication.commit.slice(0, 12)} to branch ${publication.branch}: ${stderr.trim() || `it ended with ${exitCode}`}`,
    where: { file: repository.topLevel },
    hint: 'check the free space and the permissions of the folder; codetether doctor checks git',
    data: { exit: exitCode, stderr: stderr.trim() },
  });
}

/**
 * Moves the branch that is checked out in `topLevel` forward together with its files, as `git merge --ff-only` does for a
 * person. Throws InvalidInputError `ERR_MERGE_REFUSED` when git refuses, with the files that are in the way; nothing is
 * changed then.
 */
export async function forwardCheckout(
  repository: UserRepository,
  publication: Publication,
): Promise<void> {
  await repository.git.run(fetchArguments(publication.source, [publication.commit]));
  const result = await runProcess({
    isRaw: true,
    command: 'git',
    args: [
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'core.fsmonitor=false',
      'merge',
      '--ff-only',
      '--no-stat',
      publication.commit,
    ],
    cwd: repository.topLevel,
    env: personEnvironment(),
    timeoutMs: MERGE_TIMEOUT_MS,
    maxOutputBytes: 64 * 1024,
  });
  if (result.exitCode === 0) return;
  const lock = await heldLock(result.output.head, repository.topLevel);
  if (lock !== undefined) throw lockRefusal(publication.branch, lock);
  throw refusal(repository.topLevel, publication.branch, result.output.head.trim());
}

/**
 * Brings a commit to a branch because a person asked for it: with its files where it is checked out in `topLevel`. False when
 * the branch has other commits. Throws InvalidInputError `ERR_MERGE_REFUSED`, `ERR_TARGET_CHECKED_OUT`.
 */
export async function publishCommit(
  repository: UserRepository,
  publication: Publication,
): Promise<boolean> {
  const { branch, commit } = publication;
  if ((await branchTip(repository, branch)) === commit) return true;
  const place = await checkoutOf(repository, branch);
  if (place === undefined) return movedForPerson(await moveBranch(repository, publication), branch);
  await repository.git.run(fetchArguments(publication.source, [commit]));
  const isForward = await repository.git.run(
    ['merge-base', '--is-ancestor', `refs/heads/${branch}`, commit],
    { accept: [1] },
  );
  if (isForward.exitCode !== 0) return false;
  await forwardCheckout(repository, publication);
  return true;
}

/**
 * The work tree that has the branch checked out: `topLevel` or none. Throws `ERR_TARGET_CHECKED_OUT` when it is another one,
 * whose files nobody asked to change.
 */
export async function checkoutOf(
  repository: UserRepository,
  branch: string,
): Promise<string | undefined> {
  const places = (await listWorktrees(repository)).filter((place) => place.branch === branch);
  const other = places.find((place) => place.path !== repository.topLevel);
  if (other !== undefined) {
    throw new InvalidInputError('ERR_TARGET_CHECKED_OUT', {
      message: `${branch} is checked out in another worktree: ${other.path}`,
      where: { file: other.path },
      hint: 'switch that worktree to another branch, or merge there by hand',
    });
  }
  return places[0]?.path;
}

/** What a person who waits is told; false = it has other commits. */
function movedForPerson(move: BranchMove, branch: string): boolean {
  if (move.kind === 'locked') throw lockRefusal(branch, move.lock);
  if (move.kind !== 'unfit-name' && move.kind !== 'checked-out') return move.kind === 'moved';
  throw new InvalidInputError('ERR_MERGE_REFUSED', {
    message: `git does not move ${branch}: ${move.kind === 'checked-out' ? 'it is being checked out' : 'it cannot hold that name beside the other branches'}`,
    hint: 'run the same command again, or name another branch with --into; nothing was changed',
  });
}

function lockRefusal(branch: string, lock: HeldLock): InvalidInputError {
  return new InvalidInputError('ERR_MERGE_REFUSED', {
    message: `git does not move ${branch}: ${describeLock(lock)}`,
    where: { file: lock.path },
    hint: `when no git command or editor works there any more: rm ${lock.path}; nothing was changed, and the commits are safe`,
    data: { lock: lock.path, ageMs: lock.ageMs },
  });
}

const MERGE_TIMEOUT_MS = 300_000;

/** What a person's own git would see: filters such as those of Git LFS stand in their configuration. */
function personEnvironment(): Record<string, string> {
  const host = hostEnvironment();
  const names = ['PATH', 'HOME', 'XDG_CONFIG_HOME'];
  const known = names.flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(known), LC_ALL: 'C.UTF-8', GIT_TERMINAL_PROMPT: '0' };
}

function refusal(topLevel: string, branch: string, text: string): InvalidInputError {
  const files = [...text.matchAll(/^\t(.+)$/gm)].map((match) => match[1] ?? '');
  if (files.length > 0) {
    return new InvalidInputError('ERR_MERGE_REFUSED', {
      message: `${branch} is checked out with changes of yours in files that the merge changes: ${files.slice(0, 10).join(', ')}`,
      where: { file: topLevel },
      hint: 'commit, stash or move these files, then run the same command again; nothing was changed',
      data: { files },
    });
  }
  return new InvalidInputError('ERR_MERGE_REFUSED', {
    message: `git does not move ${branch} in its checkout: ${text.split('\n').at(-1) ?? text}`,
    where: { file: topLevel },
    hint: 'see git status there; nothing was changed, and the commits are safe',
  });
}
