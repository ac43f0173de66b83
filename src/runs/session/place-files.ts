import { readdir } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { openUserRepository } from '../../platform/index.js';
import { sessionPlace } from './session-place.js';

/** Files that are listed: more than anybody looks through. */
const MOST_FILES = 50_000;

/** Files below a folder that a person may want to name, relative to it: in a repository those that git does not ignore, else those of the folder itself. Reads only, never throws. */
export async function placeFiles(cwd: string): Promise<readonly string[]> {
  try {
    const { repository, folder } = await sessionPlace(cwd);
    return repository === null
      ? await filesOf(folder)
      : await filesOfRepository(repository, folder);
  } catch {
    return [];
  }
}

async function filesOfRepository(repository: string, folder: string): Promise<string[]> {
  const { git } = await openUserRepository(repository);
  const prefix = relative(repository, folder).split(sep).join('/');
  const { stdout } = await git.run([
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    prefix === '' ? '.' : `:(top,literal)${prefix}`,
  ]);
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
    .slice(0, MOST_FILES)
    .map((path) => relative(folder, resolve(repository, path)));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .slice(0, MOST_FILES);
}
