import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../../src/cli/ralph/watch.js';
import { findRecord, findRunById } from '../../../../src/cli/ralph/find-run.js';
import { createContext, exitWith } from '../../../../src/cli/context.js';
import { outputExists, writeOutputFile } from '../../../../src/cli/output-file.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { Command } from 'commander';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandBench } from '../../../support/command-bench.js';
import { runRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('the exit code of a run', () => {
  const failure = (exitCode: 2 | 3): Partial<RunRecord> => ({
    status: 'failed',
    failure: { code: 'ERR_X', message: '', exitCode },
  });

  it.each<[Partial<RunRecord>, number]>([
    [{ status: 'passed' }, 0],
    [{ status: 'failed' }, 1],
    [{ status: 'cancelled' }, 1],
    [failure(2), 2],
    [failure(3), 3],
  ])('of %j is %d', (changes, code) => {
    expect(exitCodeOf(runRecord(changes))).toBe(code);
  });
});

describe('the context of a command', () => {
  it('prints the warnings of a configuration once, and sets the exit code', async () => {
    const { home } = await commandBench(() => undefined);
    const context = await createContext(new Command());
    expect(context.config.home).toBe(home);
    exitWith(130);
    expect(process.exitCode).toBe(130);
  });
});

describe('the run that is wanted', () => {
  it('is an open one before the newest, and none is an answer with a way on', async () => {
    const { home } = await commandBench(() => undefined);
    const context = await createContext(new Command());
    await saveRunRecord(home, runRecord({ runId: '01jfgh00000000000000000001' }));
    await saveRunRecord(home, runRecord({ runId: '01jfgh00000000000000000002' }));
    expect((await findRecord(context, () => true, 'prd.json')).runId).toMatch(/2$/);
    expect((await findRunById(context, '01jfgh00000000000000000001')).runId).toMatch(/1$/);
    for (const wanted of [
      findRunById(context, '01jfgh00000000000000000009'),
      findRecord(context, () => false, 'prd.json'),
    ])
      await expect(wanted).rejects.toMatchObject({ code: 'ERR_RUN_NOT_FOUND', exitCode: 2 });
  });
});

describe('a file that a person named', () => {
  it('is written once, and replaced only when that was asked for', async () => {
    const file = join(await temporaryFolder(), 'a.txt');
    await writeOutputFile(file, 'one');
    await expect(writeOutputFile(file, 'two')).rejects.toMatchObject({
      code: 'ERR_OUTPUT_FILE',
      exitCode: 2,
      message: `${file} exists already`,
      where: { file, field: '--output' },
    });
    expect(await readFile(file, 'utf8')).toBe('one');
    await writeOutputFile(file, 'two', { isReplaced: true });
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(outputExists(file).message).toBe(`${file} exists already`);
  });

  it('that cannot be one is refused as an input', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), '');
    for (const path of ['gone/a.txt', 'file/a.txt', 'x'.repeat(300)])
      await expect(writeOutputFile(join(folder, path), '')).rejects.toMatchObject({
        code: 'ERR_OUTPUT_FILE',
        message: expect.stringContaining('cannot be written'),
      });
    await expect(
      writeOutputFile(join(folder, 'sub'), '', { isReplaced: true }),
    ).rejects.toMatchObject({
      code: 'ERR_OUTPUT_FILE',
    });
  });
});
