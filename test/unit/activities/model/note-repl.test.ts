import { describe, expect, it } from 'vitest';
import {
  cellMarkSchema,
  noteQuietly,
  putMark,
  replyMarkSchema,
} from '../../../../src/activities/model/note-repl.js';
import type { ReplNote } from '../../../../src/domain/rlm/repl-note.js';
import { openRlmState } from '../../../../src/domain/rlm/rlm-task.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const NOTE: ReplNote = {
  version: 1,
  kind: 'cell',
  place: '1',
  attempt: 1,
  conversation: 'c',
  journal: null,
  mark: fakeRef(1),
};

describe('a note of a REPL', () => {
  it('is taken when it can be, and costs no work when it cannot', async () => {
    const blobs = new MemoryBlobs();
    const taken: [string, ReplNote][] = [];
    const notes = {
      blobs,
      noteRepl: async (run: string, note: ReplNote) => void taken.push([run, note]),
    };
    await noteQuietly(notes, 'r', async () => NOTE);
    await noteQuietly(notes, 'r', () => Promise.reject(new Error('the disk is full')));
    await noteQuietly({ blobs }, 'r', async () => NOTE);
    expect(taken).toEqual([['r', NOTE]]);
    expect(JSON.parse(await blobs.getText(await putMark(blobs, { rlm: 1 })))).toEqual({
      version: 1,
      rlm: 1,
    });
  });

  it('comes of a mark that says whose it is', () => {
    const rlm = openRlmState({ journal: null } as never);
    const mark = { place: '1', attempt: 1, rlm };
    expect(replyMarkSchema.parse(mark)).toEqual(mark);
    const cell = { ...mark, conversation: 'c', index: null, pending: [] };
    expect(cellMarkSchema.parse(cell)).toEqual(cell);
    expect(cellMarkSchema.safeParse(mark).success).toBe(false);
  });
});
