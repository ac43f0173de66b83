import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processEnvironment, secretsText, withoutSecrets } from '../../config/light/index.js';
import { openLog } from './child.js';
import { serviceFiles } from './service-files.js';

/**
 * Starts a supervisor for `home` in a session of its own, so that no terminal's signals reach it. Starting two is
 * harmless: the second finds the lock held and leaves.
 */
export function spawnSupervisor(home: string): void {
  const log = openLog(serviceFiles(home).logs.supervisor);
  const entry = fileURLToPath(new URL('../../service/supervisor/entry.js', import.meta.url));
  // The heap stays small: the process only waits.
  const args = ['--max-old-space-size=64', '--max-semi-space-size=1', entry, '--home', home];
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['pipe', log, log],
    cwd: '/',
    env: { ...withoutSecrets(processEnvironment()) },
  });
  closeSync(log);
  // keys go by the pipe: an environment can be read from outside as long as its process lives
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(secretsText(processEnvironment()));
  child.unref();
}
