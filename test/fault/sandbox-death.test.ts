import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { type Sandbox } from '../../src/platform/sandbox/sandbox.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'test/support/sandbox-program.mjs');

const WATCHDOG: Sandbox = {
  level: 'process',
  backend: 'watchdog',
  kinds: ['clean-environment', 'dies-with-worker'],
  reason: 'chosen by the test',
  program: '',
  setpriv: '',
};

async function content(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

beforeAll(() => {
  const built = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.core.json', 'tsconfig.node.json'],
    { cwd: REPOSITORY, encoding: 'utf8' },
  );
  expect(built.stdout).toBe('');
});

describe('a command whose worker is killed', () => {
  it.each(['full', 'nested', 'process', 'watchdog'] as const)(
    'dies with it at %s',
    async (name) => {
      const sandbox = name === 'watchdog' ? WATCHDOG : await detectSandbox(name);
      const folder = await temporaryFolder();
      const ticks = join(folder, 'ticks.txt');
      const child = join(folder, 'child.txt');
      const worker = spawn(process.execPath, [PROGRAM, folder, JSON.stringify(sandbox)], {
        stdio: 'ignore',
      });
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      await expect.poll(() => content(ticks), { timeout: 20_000 }).not.toBe('');
      await expect.poll(() => content(child), { timeout: 20_000 }).not.toBe('');
      worker.kill('SIGKILL');
      await gone;
      // Dead means: two looks, a good while apart for a loop of 20 ms, see the same.
      await expect
        .poll(
          async () => {
            const before = [await content(ticks), await content(child)];
            spawnSync('sleep', ['0.3']);
            return (
              JSON.stringify(before) ===
              JSON.stringify([await content(ticks), await content(child)])
            );
          },
          { timeout: 10_000 },
        )
        .toBe(true);
    },
  );
});
