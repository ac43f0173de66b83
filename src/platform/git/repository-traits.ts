import { access, constants, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { answerOrNull, openForReading } from './repository.js';

/** What is unusual about a repository: each is supported, noted in the plan, or refused there. */
export interface RepositoryTraits {
  readonly objectFormat: string;
  /** True when git shows only a part of the files in the work tree. */
  readonly isSparse: boolean;
  /** True when objects are missing here that a server would have to send (partial clone). */
  readonly lacksObjects: boolean;
  /** Folders of submodules, relative to the top level. */
  readonly submodules: readonly string[];
  /** Files whose content is in Git LFS, relative to the top level. */
  readonly lfsFiles: readonly string[];
  /** Names of other filters that `.gitattributes` asks for, for example `git-crypt`. */
  readonly filters: readonly string[];
  /** Names of the person's hooks that take part in a commit. */
  readonly commitHooks: readonly string[];
  /** False when branches cannot be written. */
  readonly isWritable: boolean;
}

/** Reads what {@link RepositoryTraits} names about a repository; changes nothing. */
export async function inspectTraits(topLevel: string): Promise<RepositoryTraits> {
  const git = await openForReading(topLevel);
  const commonDir = resolve(topLevel, (await git.revparse(['--git-common-dir'])).trim());
  const filters = await filterNames(git);
  return {
    objectFormat: (await git.revparse(['--show-object-format'])).trim(),
    isSparse:
      (await answerOrNull(git, ['config', '--type=bool', 'core.sparseCheckout'])) === 'true',
    lacksObjects: await lacksObjects(git),
    submodules: await listSubmodules(git),
    lfsFiles: filters.includes('lfs') ? await filesWithFilter(git, 'lfs') : [],
    filters: filters.filter((name) => name !== 'lfs'),
    // Asks where the hooks lie and starts none, so it must see the person's own setting.
    commitHooks: await commitHooks(await openForReading(topLevel, {}), topLevel),
    isWritable: (await canWrite(commonDir)) && (await canWrite(join(commonDir, 'refs'))),
  };
}

async function listSubmodules(git: SimpleGit): Promise<string[]> {
  // null before the first commit
  const listing = await answerOrNull(git, ['ls-tree', '-r', '-z', 'HEAD']);
  return (listing ?? '')
    .split('\0')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1));
}

/** Filters named by any `.gitattributes` of HEAD. */
async function filterNames(git: SimpleGit): Promise<string[]> {
  const lines = await answerOrNull(git, [
    'grep',
    '-h',
    '-E',
    '^[^#]*[[:space:]]filter=',
    'HEAD',
    '--',
    ':(top,glob)**/.gitattributes',
  ]);
  const names = [...(lines ?? '').matchAll(/\sfilter=(\S+)/g)].map((match) => match[1] ?? '');
  return [...new Set(names)].sort();
}

/** Tracked files that go through the filter. */
async function filesWithFilter(git: SimpleGit, filter: string): Promise<string[]> {
  const listing = await git.raw(['ls-files', '-z', '--', `:(top,attr:filter=${filter})`]);
  return listing.split('\0').filter((path) => path !== '');
}

async function lacksObjects(git: SimpleGit): Promise<boolean> {
  const promisors = await answerOrNull(git, [
    'config',
    '--get-regexp',
    '^(remote\\..*\\.promisor|extensions\\.partialclone)$',
  ]);
  if (promisors === null) return false;
  const missing = await git.raw(['rev-list', '--objects', '--missing=print', '--branches', 'HEAD']);
  return /^\?/m.test(missing);
}

const COMMIT_HOOKS = ['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit'];

async function commitHooks(git: SimpleGit, topLevel: string): Promise<string[]> {
  const folder = (await git.revparse(['--git-path', 'hooks'])).trim();
  const path = isAbsolute(folder) ? folder : join(topLevel, folder);
  const present = await readdir(path).catch((): string[] => []);
  const found: string[] = [];
  for (const name of COMMIT_HOOKS.filter((hook) => present.includes(hook))) {
    const facts = await stat(join(path, name)).catch(() => null);
    if (facts !== null && facts.isFile() && (facts.mode & 0o111) !== 0) found.push(name);
  }
  return found;
}

async function canWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
