import { execFile } from 'node:child_process';
import { lchownSync, statSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { InfrastructureError } from '../../domain/index.js';
import { minimalEnvironment } from '../process/host-environment.js';

/** Who owns all of a folder, as far as this process made it so; by path. */
const owners = new Map<string, { readonly uid: number; readonly inode: number }>();
let writes = 0;

/**
 * Tells that the engine wrote files into a folder that commands work in: the next command's user id has to be given them.
 * Cheap, and without effect where commands have the engine's own user id.
 */
export function noteEngineWrite(path: string): void {
  writes += 1;
  for (const folder of owners.keys()) {
    const inside = relative(folder, path);
    if (inside === '' || (!inside.startsWith('..') && !isAbsolute(inside))) owners.delete(folder);
  }
}

/** How often this process noted a write of its own, into whatever workspace: the same number = none in between. */
export function engineWrites(): number {
  return writes;
}

/** Gives a new file of a root engine to the owner of the folder that it is moved to; commands there go on owning all. */
export function giveLikeFolder(path: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  if (uid !== 0) lchownSync(path, uid, gid);
}

/**
 * Makes `uid` the owner of everything in these folders; links are changed themselves, never followed, and no other file
 * system is entered. Nothing is walked when nobody but this owner's commands wrote there since the last time.
 */
export async function giveFolders(uid: number, folders: readonly string[]): Promise<void> {
  const stale = folders.filter((folder) => {
    const known = owners.get(folder);
    return known?.uid !== uid || known.inode !== inodeOf(folder);
  });
  if (stale.length === 0) return;
  const owner = `${uid}:${uid}`;
  const wrong = ['(', '!', '-uid', String(uid), '-o', '!', '-gid', String(uid), ')'];
  await find([...stale, '-xdev', ...wrong, '-exec', 'chown', '-h', owner, '{}', '+']);
  for (const folder of stale) owners.set(folder, { uid, inode: inodeOf(folder) });
}

function inodeOf(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.ino ?? 0;
}

function find(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('find', args, { env: minimalEnvironment(), cwd: '/' }, (error, _stdout, stderr) => {
      if (error === null) return resolve();
      reject(
        new InfrastructureError('ERR_SANDBOX_OWNERSHIP', {
          message: `files of a lane cannot be given to the user id of its commands: ${stderr.trim().slice(-300) || error.message}`,
          hint: 'codetether doctor shows what the sandbox can do here',
          cause: error,
        }),
      );
    });
  });
}
