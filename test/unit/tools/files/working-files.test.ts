import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { changeOf, showChanges } from '../../../../src/tools/files/change-diff.js';
import { confirmEditTool } from '../../../../src/tools/files/confirm-edit.js';
import { flattenEdits, makeEdits } from '../../../../src/tools/files/edit-list.js';
import { editText, refuseEdit } from '../../../../src/tools/files/edit-text.js';
import { multieditTool } from '../../../../src/tools/files/multiedit.js';
import { createWorkingFiles } from '../../../../src/tools/files/working-files.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const workingFiles = async (files: Readonly<Record<string, string>>) =>
  createWorkingFiles(toolContext((await workspaceFixture(files)).workspace));

describe('createWorkingFiles', () => {
  it('gives one file for every spelling of its path, and only what differs in the end', async () => {
    const files = await workingFiles({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const [first, second, other] = [
      await files.open('a.txt'),
      await files.open('./x/../a.txt'),
      await files.open('b.txt'),
    ];
    if (first.kind !== 'opened' || second.kind !== 'opened' || other.kind !== 'opened')
      throw new Error('not opened');
    expect(second.working).toBe(first.working);
    first.working.text = 'A\n';
    expect(files.all().flatMap((file) => changeOf(file) ?? [])).toEqual([
      { path: 'a.txt', before: 'a\n', after: 'A\n' },
    ]);
    expect(files.finish()).toMatchObject({
      kind: 'changes',
      changes: [{ path: 'a.txt', before: sha256('a\n'), content: Buffer.from('A\n'), mode: 0o644 }],
      seen: [],
    });
  });

  it('opens at most so many files', async () => {
    const files = await workingFiles({});
    for (let at = 0; at < 500; at += 1) await files.open(`f${at}`);
    expect(await files.open('one-more')).toEqual({
      kind: 'refused',
      reason: 'One call may change at most 500 files of 64 MiB together. Do it in several calls.',
    });
  });
});

describe('showChanges', () => {
  it('cuts long lines, says of very different texts how long they are, and ends after 40 KiB', () => {
    const long = 'x'.repeat(2000);
    expect(
      showChanges([{ path: 'a', before: undefined, after: `${long}\n` }]).split('\n')[3],
    ).toHaveLength(500);
    const lines = (letter: string): string =>
      Array.from({ length: 3000 }, (_, at) => `${letter}${at}\n`).join('');
    const different = { path: 'b', before: lines('x'), after: lines('y') };
    expect(showChanges([different])).toContain(
      '(too different to show: 16890 characters become 16890)',
    );
    const wide = { path: 'c', before: '', after: `${'y'.repeat(400)}\n`.repeat(90) };
    expect(showChanges([wide, wide, wide])).toMatch(/\(and 2 more of 3 files, not shown\)$/);
  });
});

describe('lists of edits', () => {
  it('are flattened with the path that stands beside them', () => {
    const edit = { old_string: 'a', new_string: 'b' };
    expect(flattenEdits({ path: 'p', edits: [edit, { path: 'q', edits: [edit] }] })).toEqual([
      { path: 'p', ...edit, replace_all: undefined },
      { path: 'q', ...edit, replace_all: undefined },
    ]);
  });

  it('end at the first that fails', async () => {
    const files = await workingFiles({ 'a.txt': 'one\n' });
    const outcome = await makeEdits(files, [{ path: 'a.txt', old_string: '', new_string: 'x' }]);
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^edit 1 of 1: a\.txt: old_string is empty/),
    });
  });

  it('are what two tools take that no agent is told of', () => {
    expect(
      [multieditTool, confirmEditTool].map(({ isDeferred, access }) => [isDeferred, access]),
    ).toEqual([
      [true, 'write'],
      [true, 'write'],
    ]);
  });
});

describe('editText', () => {
  it('gives the new text and where it was, or why not', () => {
    const input = { path: 'a', old_string: 'one', new_string: '1' };
    const edited = editText({ text: 'one\n', isCurrent: false }, input);
    expect(edited).toEqual({ kind: 'edited', text: '1\n', where: 'at 1 place (line 1).' });
    expect(refuseEdit({ ...input, new_string: 'one' })).toBe(
      'a: old_string and new_string are the same.',
    );
    expect(refuseEdit(input)).toBeUndefined();
  });
});
