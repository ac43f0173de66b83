import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import type { ReplNote } from '../../../../src/domain/rlm/repl-note.js';
import type { SpentCall } from '../../../../src/domain/run/spent-call.js';
import {
  noteRepl,
  readReplNotes,
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
    const file = replNotesFile(home, 'r');
    const spending = join(dirname(file), 'spending.ndjson');
    await mkdir(dirname(file), { recursive: true });
    noteRepl(home, 'r', noteOf('1'));
    noteSpentCall(home, 'r', callOf('a#1.0'));
    for (const log of [file, spending]) await appendFile(log, '{"version":1,"kind":"re');
    noteRepl(home, 'r', noteOf('2'));
    noteSpentCall(home, 'r', callOf('a#2.0'));
    expect(await readReplNotes(home, 'r')).toEqual([noteOf('1'), noteOf('2')]);
    expect(await readSpentCalls(home, 'r')).toEqual([callOf('a#1.0'), callOf('a#2.0')]);
  });
});
