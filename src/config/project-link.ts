import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { InvalidInputError } from '../domain/index.js';

/**
 * Refuses a project file that really lies outside of its repository (of its folder where there is none): a repository must
 * not make us read another file of the user. Throws {@link InvalidInputError} `ERR_LINK_OUTSIDE`.
 */
export function refuseLinkOut(path: string): void {
  if (!existsSync(path)) return;
  const target = realpathSync(path);
  const inside = relative(realpathSync(projectFolder(path)), target);
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return;
  throw new InvalidInputError('ERR_LINK_OUTSIDE', {
    message: `the project's configuration file is a symbolic link that leads out of the repository, to ${target}`,
    where: { file: path },
    hint: 'put the file itself there, or name yours with --config',
  });
}

/** `.codetether` may be the link, so that the search starts above it. */
function projectFolder(path: string): string {
  const start = dirname(path).endsWith(`${sep}.codetether`)
    ? dirname(dirname(path))
    : dirname(path);
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return start;
  }
}
