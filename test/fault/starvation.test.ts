import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stepPath } from '../../src/platform/storage/step-journal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../support/starving-worker.mjs', import.meta.url));

describe('a step that holds its worker up', () => {
  it('ends the process twice, and is not tried a third time', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const run = () => spawnSync(process.execPath, [PROGRAM, folder], { encoding: 'utf8' });
    expect(run()).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(run()).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(run()).toMatchObject({ status: 0, stdout: 'ERR_STEP_STARVES\n' });
    const file = join(folder, `${stepPath({ scope: 'w', step: 1, index: 0 })}.starts`);
    expect(await readFile(file, 'utf8')).toBe('starved\nstarved\n');
  });
});
