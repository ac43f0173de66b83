import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import {
  inspectRepository,
  inspectTraits,
  type FirstCommit,
  readLog,
  type RepositoryFacts,
  type RepositoryTraits,
} from '../../platform/index.js';

/** What the command line says about the repository; absent = found from the PRD's folder. */
export interface RepositoryFlags {
  /** Repository to work in, when it is not the one that holds the PRD. */
  readonly repo?: string | undefined;
  /** Folder inside the repository where agents and checks start, relative to its top level. */
  readonly workdir?: string | undefined;
  /** Files kept in Git LFS may be pointers in lanes. */
  readonly allowLfsPointers?: boolean | undefined;
}

/** Where a run works. */
export interface Workplace {
  readonly facts: RepositoryFacts;
  readonly traits: RepositoryTraits;
  /** Relative to the top level, `.` for it. */
  readonly workdir: string;
}

/**
 * The repository of a run, checked: what cannot be done there is refused now. Throws InvalidInputError
 * `ERR_NOT_A_REPOSITORY`, `ERR_REPOSITORY_UNTRUSTED`, `ERR_REPOSITORY_BARE`, `ERR_REPOSITORY_FORMAT`,
 * `ERR_PARTIAL_CLONE`, `ERR_LFS_UNSUPPORTED`, `ERR_REPOSITORY_READ_ONLY`, `ERR_WORKDIR`.
 */
export async function findWorkplace(
  flags: RepositoryFlags,
  place: { readonly prdPath: string; readonly cwd: string },
): Promise<Workplace> {
  const start = flags.repo === undefined ? dirname(place.prdPath) : resolve(place.cwd, flags.repo);
  const facts = await inspectRepository(start);
  assertHasFiles(facts);
  const traits = await inspectTraits(facts.topLevel);
  assertSupported(facts, traits, flags);
  await assertPrdFolder(dirname(place.prdPath));
  return { facts, traits, workdir: await findWorkdir(flags, facts.topLevel, place.prdPath) };
}

/**
 * The repository that holds `cwd`, or `--repo`, where nothing but its commits is read. Throws as {@link findWorkplace} does, but
 * for what may not be written.
 */
export async function findReadPlace(
  flags: RepositoryFlags,
  cwd: string,
): Promise<Pick<Workplace, 'facts' | 'workdir'>> {
  const start = flags.repo === undefined ? cwd : resolve(cwd, flags.repo);
  const facts = await inspectRepository(start);
  assertHasFiles(facts);
  const traits = await inspectTraits(facts.topLevel);
  assertReadable(facts, traits, flags);
  const here = await realpath(start);
  return { facts, workdir: await findWorkdir(flags, facts.topLevel, join(here, 'any')) };
}

type Refuse = (code: string, message: string, hint: string) => never;

function refuseAt(file: string): Refuse {
  return (code, message, hint) => {
    throw new InvalidInputError(code, { message, hint, where: { file } });
  };
}

function assertHasFiles(facts: RepositoryFacts): void {
  const refuse = refuseAt(facts.topLevel);
  if (facts.isBare)
    refuse(
      'ERR_REPOSITORY_BARE',
      'the repository is bare, so a PRD has no place in it',
      'run in a clone with files',
    );
}

function assertSupported(
  facts: RepositoryFacts,
  traits: RepositoryTraits,
  flags: RepositoryFlags,
): void {
  assertReadable(facts, traits, flags);
  if (!traits.isWritable)
    refuseAt(facts.topLevel)(
      'ERR_REPOSITORY_READ_ONLY',
      `branches cannot be written in ${facts.gitDir}`,
      'correct the permissions of that folder, or work in a clone of your own',
    );
}

function assertReadable(
  facts: RepositoryFacts,
  traits: RepositoryTraits,
  flags: RepositoryFlags,
): void {
  const refuse = refuseAt(facts.topLevel);
  if (traits.objectFormat !== 'sha1')
    refuse(
      'ERR_REPOSITORY_FORMAT',
      `the repository names its objects by ${traits.objectFormat}; runs work with sha1 only`,
      'work in a repository made with git init --object-format=sha1',
    );
  if (traits.lacksObjects)
    refuse(
      'ERR_PARTIAL_CLONE',
      'the repository is a partial clone: files of its history are only on the server',
      'fetch them once: git fetch --refetch --no-filter && git config --unset-all remote.origin.partialclonefilter',
    );
  if (traits.lfsFiles.length > 0 && flags.allowLfsPointers !== true)
    refuse(
      'ERR_LFS_UNSUPPORTED',
      `${count(traits.lfsFiles.length, 'file')} in Git LFS, for example ${traits.lfsFiles[0] ?? ''}; lanes hold their pointers only`,
      'add --allow-lfs-pointers if stories and checks do not need their content',
    );
}

/** Passed stories and progress.txt are written there. */
async function assertPrdFolder(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new InvalidInputError('ERR_REPOSITORY_READ_ONLY', {
      message: 'the folder of the PRD cannot be written to, and passed stories are noted there',
      where: { file: folder },
      hint: 'correct the permissions of that folder, or put the PRD elsewhere and add --repo DIR',
      cause,
    });
  }
}

async function findWorkdir(
  flags: RepositoryFlags,
  topLevel: string,
  prdPath: string,
): Promise<string> {
  if (flags.workdir === undefined) return insideOf(topLevel, dirname(prdPath)) ?? '.';
  const wanted = isAbsolute(flags.workdir) ? flags.workdir : join(topLevel, flags.workdir);
  const isFolder = await stat(wanted).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const inside = isFolder ? insideOf(topLevel, await realpath(wanted)) : undefined;
  if (inside !== undefined) return inside;
  throw new InvalidInputError('ERR_WORKDIR', {
    message: `${flags.workdir} is not a folder of the repository`,
    where: { file: topLevel, field: '--workdir' },
    hint: 'name a folder relative to the repository, for example --workdir packages/api',
  });
}

/** `path` relative to `folder` with forward slashes, `.` for itself; undefined outside. */
function insideOf(folder: string, path: string): string | undefined {
  const inside = relative(folder, path);
  if (inside === '') return '.';
  return isAbsolute(inside) || inside.split(sep)[0] === '..'
    ? undefined
    : inside.split('\\').join('/');
}

/** git keeps a branch as a file and its slashes as folders, so `feature` and `feature/x` exclude each other. Throws `ERR_BRANCH_CONFLICT`. */
export function assertBranchFits(branch: string, branches: readonly string[]): void {
  const other = branches.find(
    (name) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`),
  );
  if (other === undefined) return;
  throw new InvalidInputError('ERR_BRANCH_CONFLICT', {
    message: `git cannot hold a branch ${branch} beside the branch ${other}`,
    where: { field: 'branch' },
    hint: 'choose another name with --branch NAME',
  });
}

/** Where a run starts. */
export interface RunBase {
  readonly commit: string;
  /** Branch that the person had checked out; null when HEAD is detached. The result goes there by default. */
  readonly baseBranch: string | null;
  /** True when the run's branch was there already and is continued. */
  readonly continuesBranch: boolean;
  /** Set where the person has committed nothing yet. */
  readonly first: FirstCommit | null;
}

/**
 * A branch that exists is continued; a new one starts at HEAD, or at what `makeFirst` makes where nothing is committed yet.
 * Throws as it does.
 */
export async function chooseBase(
  facts: RepositoryFacts,
  branch: string,
  makeFirst: () => Promise<FirstCommit>,
): Promise<RunBase> {
  const common = { baseBranch: facts.branch, first: null };
  if (facts.branches.includes(branch)) {
    const [tip] = await readLog(facts.topLevel, { revision: `refs/heads/${branch}`, limit: 1 });
    const commit = tip?.commit ?? facts.headCommit;
    if (commit !== null) return { ...common, commit, continuesBranch: true };
  }
  if (facts.headCommit !== null)
    return { ...common, commit: facts.headCommit, continuesBranch: false };
  const first = await makeFirst();
  return { ...common, commit: first.commit, continuesBranch: false, first };
}

const NAMES_SHOWN = 3;

/** What a person should know about this repository before the run starts, one sentence each. */
export function repositoryNotes({ facts, traits }: Workplace, branch: string): string[] {
  const notes: string[] = [];
  const say = (isTrue: boolean, text: string): void => {
    if (isTrue) notes.push(text);
  };
  say(facts.signsCommits, 'commit.gpgsign is on; commits of a run are not signed');
  say(
    traits.commitHooks.length > 0,
    `commits of a run skip your hooks (${traits.commitHooks.join(', ')}); checks take their place`,
  );
  say(
    traits.lfsFiles.length > 0,
    `files in Git LFS are pointers in lanes (${few(traits.lfsFiles)})`,
  );
  say(
    traits.filters.length > 0,
    `lanes hold files as they are committed; the filters ${traits.filters.join(', ')} are not run`,
  );
  say(traits.isSparse, 'the checkout is sparse; lanes hold every file');
  say(facts.isShallow, 'the clone is shallow; agents see only the history that is here');
  say(
    facts.checkedOutBranches.includes(branch),
    `${branch} is checked out, so the result will be on ${branch}-run-ID; merge it when the run has ended`,
  );
  return notes;
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown}, … ${names.length} in all` : shown;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? ' is' : 's are'}`;
}
