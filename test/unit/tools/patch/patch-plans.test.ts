import { describe, expect, it } from 'vitest';
import { createWorkingFiles } from '../../../../src/tools/files/working-files.js';
import {
  addFile,
  deleteFile,
  openText,
  openVacant,
  placeText,
} from '../../../../src/tools/patch/patch-files.js';
import { planUnified } from '../../../../src/tools/patch/unified-plan.js';
import {
  chunkText,
  isAppliedAlready,
  planOperation,
} from '../../../../src/tools/patch/v4a-plan.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const files = async () =>
  createWorkingFiles(toolContext((await workspaceFixture({ 'a.txt': 'one\n' })).workspace));

const chunk = {
  line: 2,
  contexts: [],
  isAtEnd: false,
  lines: [
    { kind: '-', text: 'one line of it' },
    { kind: '+', text: 'another line of it' },
  ],
} as const;

describe('the files of a patch, in memory', () => {
  it('are added, moved and removed there alone', async () => {
    const working = await files();
    expect(await addFile(working, 'b.txt', { content: 'b' })).toEqual({
      kind: 'patched',
      line: 'A b.txt',
    });
    const opened = await openText(working, 'a.txt');
    const vacant = await openVacant(working, 'c.txt');
    if (opened.kind !== 'text' || vacant.kind !== 'opened') throw new Error('not opened');
    placeText(opened.working, vacant.working, { text: 'moved\n' });
    expect(await deleteFile(working, 'b.txt')).toEqual({ kind: 'patched', line: 'D b.txt' });
    expect(working.all().map(({ path, text }) => [path, text])).toEqual([
      ['b.txt', undefined],
      ['a.txt', undefined],
      ['c.txt', 'moved\n'],
    ]);
  });

  it('say what they cannot do', async () => {
    const working = await files();
    const answers = [
      await planOperation(working, { kind: 'delete', path: 'zzz' }),
      await planUnified(working, {
        from: 'a.txt',
        to: 'a.txt',
        hunks: [],
        isCopy: false,
        isBinary: true,
      }),
      await openVacant(working, 'a.txt'),
    ];
    expect(answers.map((answer) => ('reason' in answer ? answer.reason : ''))).toEqual([
      expect.stringContaining('zzz: no such file.'),
      'a.txt: a binary change; only text can be patched.',
      'a.txt: exists already; nothing is moved over it.',
    ]);
  });
});

describe('chunkText', () => {
  it('tells what was applied before from what has no place', () => {
    expect(isAppliedAlready('another line of it\n', [chunk])).toBe(true);
    expect(isAppliedAlready('one line of it\n', [chunk])).toBe(false);
    expect(chunkText({ path: 'a', text: 'x\n' }, [chunk])).toMatchObject({ kind: 'refused' });
  });
});
