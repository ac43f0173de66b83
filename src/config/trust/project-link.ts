import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InvalidInputError } from '../../domain/light/index.js';
import { isWithin } from '../../platform/light/index.js';

/**
 * Refuses a project file that really lies outside of its repository: what a repository brings must not make us read another
 * file of the user. Throws {@link InvalidInputError} `ERR_LINK_OUTSIDE`.
 */
export function refuseLinkOut(path: string): void {
  const top = repositoryAround(path);
  if (top === undefined || !existsSync(path)) return;
  const target = realpathSync(path);
  if (isWithin(realpathSync(top), target)) return;
  throw new InvalidInputError('ERR_LINK_OUTSIDE', {
    message: `the project's configuration file is a symbolic link that leads out of the repository, to ${target}`,
    where: { file: path },
    hint: 'put the file itself there, or name yours with --config',
  });
}

/** `.codetether` may be the link, so that the search starts above it. */
function repositoryAround(path: string): string | undefined {
  const folder = dirname(path);
  const start = basename(folder) === '.codetether' ? dirname(folder) : folder;
  for (let place = start; ; place = dirname(place)) {
    if (existsSync(join(place, '.git'))) return place;
    if (place === dirname(place)) return undefined;
  }
}
