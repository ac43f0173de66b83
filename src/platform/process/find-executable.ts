import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { hostEnvironment } from './host-environment.js';

/**
 * Absolute path of a program on `searchPath` (default: the host's PATH), or undefined. Relative folders are left out: what lies there
 * depends on where a process stands, which may be among files of a story.
 */
export function findExecutable(
  name: string,
  searchPath = hostEnvironment()['PATH'] ?? '',
): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
