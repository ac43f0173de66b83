import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { minimalEnvironment } from '../../../platform/index.js';

const runFile = promisify(execFile);

/**
 * Copies what is in a folder into another one: owners, modes and times stay, blocks are shared where the file system can. What
 * is there already stays as it is. A file that cannot be copied is left out: a colder cache is no failure.
 */
export async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const args = ['-a', '-n', '--reflink=auto', `${from}/.`, to];
  await runFile('cp', args, { env: minimalEnvironment(), cwd: '/' }).catch(() => undefined);
}
