import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import type { ReplNote } from '../../../../src/domain/rlm/repl-note.js';
import type { SpentCall } from '../../../../src/domain/run/spent-call.js';
import { readNotes } from '../../../../src/platform/records/note-lines.js';
import {
  readReplNotes,
  replNoter,
  replNotesFile,
} from '../../../../src/platform/records/repl-notes-file.js';
import { noteSpentCall, readSpentCalls } from '../../../../src/platform/records/spending-file.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const noteOf = (place: string, conversation = 'c'): ReplNote => ({
  version: 1,
  kind: 'reply',
  place,
  attempt: 1,
  conversation,
  mark: fakeRef(1),
});
const callOf = (key: string): SpentCall => ({
  key,
  story: 'answer',
  attempt: 1,
  spending: {
    turns: 0,
    modelCalls: 1,
    repeatedModelCalls: 0,
    usage: ZERO_USAGE,
    costMicroUsd: 2,
  },
});

describe('a line that a crash or a full disk cut', () => {
  it('costs none but itself: neither a note of a REPL nor a paid call', async () => {
    const home = await temporaryFolder();
    const noteRepl = replNoter(home);
    const file = replNotesFile(home, 'r');
    const spending = join(dirname(file), 'spending.ndjson');
    await mkdir(dirname(file), { recursive: true });
    await noteRepl('r', noteOf('1'));
    noteSpentCall(home, 'r', callOf('a#1.0'));
    for (const log of [file, spending]) await appendFile(log, '{"version":1,"kind":"re');
    await noteRepl('r', noteOf('2'));
    noteSpentCall(home, 'r', callOf('a#2.0'));
    expect(await readReplNotes(home, 'r')).toEqual([noteOf('1'), noteOf('2')]);
    expect(await readSpentCalls(home, 'r')).toEqual([callOf('a#1.0'), callOf('a#2.0')]);
  });
});

describe('notes that many look for', () => {
  it('are given of one REPL, or of one workflow with those below it', async () => {
    const home = await temporaryFolder();
    const noteRepl = replNoter(home);
    const places = ['1', '10', '1/"quoted"', '1'];
    for (const [index, place] of places.entries())
      await noteRepl('r', noteOf(place, `c${index} "place":"1"`));
    expect(await readReplNotes(home, 'r')).toHaveLength(4);
    expect(await readReplNotes(home, 'r', '1')).toEqual([
      noteOf('1', 'c0 "place":"1"'),
      noteOf('1', 'c3 "place":"1"'),
    ]);
    expect(await readReplNotes(home, 'r', '1/"quoted"')).toHaveLength(1);
    const keys = ['a/rlm/1/x#1.0', 'a/rlm/1/rlm/2/x#1.0', 'a/rlm/10/x#1.0', 'b/a/rlm/1/x#1.0'];
    for (const key of keys) noteSpentCall(home, 'r', callOf(key));
    const below = await readSpentCalls(home, 'r', 'a/rlm/1');
    expect(below.map(({ key }) => key)).toEqual(keys.slice(0, 2));
  });

  it('are parsed by nobody else', async () => {
    const log = Buffer.from(
      Array.from({ length: 1000 }, (_, index) => `{"place":"${index % 100}"}\n`).join('\n'),
    );
    let parsed = 0;
    const counting = z.unknown().transform((note) => {
      parsed += 1;
      return note;
    });
    expect(await readNotes(log, counting, '"place":"7"')).toHaveLength(10);
    expect(parsed).toBe(10);
    expect(await readNotes(log, counting)).toHaveLength(1000);
  });
});
