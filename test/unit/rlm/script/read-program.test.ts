import { describe, expect, it } from 'vitest';
import { readProgram, settingsOf } from '../../../../src/rlm/script/read-program.js';
import type { ScriptTask } from '../../../../src/domain/script/script-task.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { SCRIPT_TASK } from '../../../support/played-script.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';
import { scriptOf } from '../../../support/script-bench.js';

const blobs = new MemoryBlobs();
const program = async (source: unknown, args = 'null') =>
  readProgram(
    { source: await blobs.put(JSON.stringify(source)), args: await blobs.put(args) } as ScriptTask,
    blobs,
  );

describe('the program of a stored script', () => {
  it('is its statements, those of the scripts that it may start, and its arguments', async () => {
    const text = scriptOf('return args;');
    const read = await program({ text, nested: { other: scriptOf('return 2;') } }, '{"a":1}');
    expect(read).toEqual({
      body: expect.stringMatching(/^ {7}const meta = [^]*\nreturn args;$/),
      nested: { other: expect.stringMatching(/\nreturn 2;$/) },
      args: '{"a":1}',
    });
  });

  it('that this version cannot run says so, with the line and what to do', async () => {
    await expect(
      program({ text: scriptOf('return newGlobal;'), nested: {} }),
    ).rejects.toMatchObject({
      code: 'ERR_SCRIPT_INVALID',
      message: 'a stored script cannot be run: line 2: unknown name newGlobal',
      hint: expect.stringContaining('start it again from its file'),
    });
    await expect(
      program({ text: scriptOf('return 1;'), nested: { bad: 'nothing' } }),
    ).rejects.toMatchObject({ code: 'ERR_SCRIPT_INVALID' });
  });

  it('of which something is gone, or is nothing, is no program', async () => {
    await expect(program({ text: 1 })).rejects.toThrow();
    const gone = { source: fakeRef(1), args: fakeRef(2) } as ScriptTask;
    await expect(readProgram(gone, blobs)).rejects.toMatchObject({ code: 'ERR_BLOB_MISSING' });
  });

  it('has settings of its task alone: the same whenever it is made again', () => {
    expect(settingsOf({ ...SCRIPT_TASK, budgetTokens: 9, mostAgents: 3, nowMs: 7 })).toEqual({
      budget: 9,
      mostAgents: 3,
      seed: SCRIPT_TASK.seed,
      nowMs: 7,
    });
  });
});
