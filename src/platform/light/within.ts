import { isAbsolute, relative, sep } from 'node:path';

/** True for a path in a folder, and for that folder. Both are absolute and real: links are not followed. Pure. */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
