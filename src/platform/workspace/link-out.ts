import { existsSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import { isWithin } from '../light/within.js';

/**
 * Refuses a file that is a symbolic link out of the repository that it lies in: what a repository brings must not make us
 * read or write elsewhere. Links inside, files outside of any repository and missing files are fine. Throws
 * InvalidInputError `ERR_LINK_OUTSIDE`.
 */
export async function refuseLinkOut(path: string, what: string): Promise<void> {
  const top = repositoryAround(path);
  if (top === undefined || !(await isLink(path))) return;
  const target = await realpath(path).catch(() => undefined);
  if (target !== undefined && isWithin(await realpath(top), target)) return;
  throw new InvalidInputError('ERR_LINK_OUTSIDE', {
    message: `${what} is a symbolic link that leads out of the repository${target === undefined ? ', to nothing' : `, to ${target}`}`,
    where: { file: path },
    hint: 'put the file itself there, or name the file that is meant',
  });
}

function repositoryAround(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}
