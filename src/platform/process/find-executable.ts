import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hostEnvironment } from './host-environment.js';

/** Absolute path of a program on `searchPath` (default: the host's PATH), or undefined. */
export function findExecutable(
  name: string,
  searchPath = hostEnvironment()['PATH'] ?? '',
): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
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
