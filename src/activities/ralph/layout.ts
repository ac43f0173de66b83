import { isAbsolute, relative, sep } from 'node:path';

export { bareRepository, laneId, runRef } from '../../platform/index.js';

/** `path` relative to the repository with forward slashes, or undefined when it lies outside. */
export function insideRepository(repository: string, path: string): string | undefined {
  const inside = relative(repository, path);
  const [first] = inside.split(sep);
  return inside === '' || first === '..' || isAbsolute(inside)
    ? undefined
    : inside.split('\\').join('/');
}
