import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from '../process/find-executable.js';
import { minimalEnvironment } from '../process/host-environment.js';
import { removeFolder } from '../storage/remove-folder.js';
import { isMountable, overlayArguments } from './overlay.js';
import type { Sandbox } from './sandbox.js';

const PROBE_TIMEOUT_MS = 5_000;

const answers = new Map<string, Promise<boolean>>();

/**
 * True when views can be mounted for commands of this sandbox with what is written kept below `folder`, which exists. Tried
 * once for each folder.
 */
export function canOverlay(sandbox: Sandbox, folder: string): Promise<boolean> {
  const unshare = findExecutable('unshare');
  const hasMounts = sandbox.backend === 'bwrap' || sandbox.backend === 'bwrap-no-proc';
  if (!hasMounts || unshare === undefined || findExecutable('mount') === undefined)
    return Promise.resolve(false);
  let known = answers.get(folder);
  if (known === undefined) {
    known = tryOverlay(unshare, folder);
    answers.set(folder, known);
  }
  return known;
}

async function tryOverlay(unshare: string, folder: string): Promise<boolean> {
  const place = mkdtempSync(join(folder, '.overlay-'));
  const path = (name: string): string => join(place, name);
  try {
    for (const name of ['lower', 'upper', 'work', 'at']) mkdirSync(path(name));
    const view = {
      at: path('at'),
      lower: [path('lower')],
      upper: path('upper'),
      work: path('work'),
    };
    if (!isMountable([view])) return false;
    // Also written to: some file systems can be mounted so, and refuse the first file.
    const write = ['sh', '-c', ': > "$1/file" && mkdir "$1/folder"', 'write', path('at')];
    return await succeeds([...overlayArguments([view], unshare), ...write]);
  } finally {
    await removeFolder(place);
  }
}

function succeeds([program = '', ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: minimalEnvironment(),
      cwd: '/',
      stdio: 'ignore',
      timeout: PROBE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
