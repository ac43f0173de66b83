import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createStepJournal,
  stepPath,
  type StepIdentity,
} from '../../../../src/platform/storage/step-journal.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const KEY = { scope: 'w', step: 1, index: 0 };

function settle(folder: string, identity: StepIdentity, result = 'done') {
  return createStepJournal(folder).settle({
    key: KEY,
    identity,
    parse: (stored) => String(stored),
    run: async () => result,
  });
}

describe('createStepJournal', () => {
  it('knows a step by its named fields, also when an upgrade added or dropped some', async () => {
    const folder = await temporaryFolder();
    await settle(folder, { head: 'a', depth: 1 });
    for (const identity of [{ head: 'a', depth: 1 }, { head: 'a' }, { head: 'a', fresh: 'x' }])
      expect(await settle(folder, identity, 'again')).toEqual({
        result: 'done',
        isReplayed: true,
      });
    await expect(settle(folder, { head: 'b' })).rejects.toMatchObject({
      code: 'ERR_JOURNAL_MISMATCH',
    });
  });

  it('does a step anew that an execution before a reset took in another way, and refuses it within one', async () => {
    const journal = createStepJournal(await temporaryFolder());
    const take = (execution: string | undefined, head: string) =>
      journal.settle({
        key: KEY,
        identity: { head },
        ...(execution === undefined ? {} : { execution }),
        parse: String,
        run: async () => `${execution} ${head}`,
      });
    expect(await take('first', 'a')).toEqual({ result: 'first a', isReplayed: false });
    expect(await take('second', 'a')).toEqual({ result: 'first a', isReplayed: true });
    expect(await take('second', 'b')).toEqual({ result: 'second b', isReplayed: false });
    for (const execution of ['second', undefined])
      await expect(take(execution, 'c')).rejects.toMatchObject({ code: 'ERR_JOURNAL_MISMATCH' });
  });

  it('gives a result that shall not be kept, and does the step anew', async () => {
    const journal = createStepJournal(await temporaryFolder());
    const take = (result: string) =>
      journal.settle({
        key: KEY,
        identity: {},
        parse: String,
        isKept: (found) => found === 'whole',
        run: async () => result,
      });
    expect(await take('half')).toEqual({ result: 'half', isReplayed: false });
    expect(await take('whole')).toEqual({ result: 'whole', isReplayed: false });
    expect(await take('later')).toEqual({ result: 'whole', isReplayed: true });
  });

  it('names the file of a damaged entry instead of failing without a name', async () => {
    const folder = await temporaryFolder();
    await settle(folder, { head: 'a' });
    const file = join(folder, `${stepPath(KEY)}.json`);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      identity: { head: 'a' },
      result: 'done',
    });
    await writeFile(file, '{"identity": {"he');
    await expect(settle(folder, { head: 'a' })).rejects.toMatchObject({
      code: 'ERR_JOURNAL_CORRUPT',
      where: { file },
    });
    expect(await readdir(join(file, '..'))).toEqual(['1.0.json']);
  });
});
