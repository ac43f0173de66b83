import { describe, expect, it } from 'vitest';
import { knownEnds } from '../../../../src/activities/script/known-ends.js';
import type { ScriptEntry } from '../../../../src/domain/script/script-journal.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { addToScript } from '../../../../src/platform/storage/repl-journal.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const blobs = new MemoryBlobs();
const AS = { id: 5, spent: 70 };

async function journalOf(entries: readonly ScriptEntry[]): Promise<BlobRef | null> {
  let journal: BlobRef | null = null;
  for (const entry of entries) journal = await addToScript(journal, entry, blobs);
  return journal;
}

async function known(ends: readonly object[], entries: readonly ScriptEntry[] = []) {
  const ref = await blobs.put(JSON.stringify(ends));
  return knownEnds(ref, { journal: await journalOf(entries), blobs });
}

describe('what a run before has paid for', () => {
  it('is nothing where there was none', async () => {
    const none = await knownEnds(null, { journal: null, blobs });
    expect(none.take('a', AS)).toBeUndefined();
  });

  it('is taken once for each time that it was made, under the number of now', async () => {
    const ends = await known([
      { chain: 'a', value: '1' },
      { chain: 'a', value: '2' },
      { chain: 'b', ref: fakeRef(4) },
    ]);
    expect([
      ends.take('a', AS),
      ends.take('a', AS),
      ends.take('a', AS),
      ends.take('b', AS),
      ends.take('c', AS),
    ]).toEqual([
      { ...AS, value: '1' },
      { ...AS, value: '2' },
      undefined,
      { ...AS, ref: fakeRef(4) },
      undefined,
    ]);
  });

  it('is not taken a second time by what the journal of this run has taken already', async () => {
    const entry = (ids: readonly [number, string][]): ScriptEntry => ({
      ends: null,
      chains: ids.map(([id, chain]) => ({ id, chain })),
      hash: '',
    });
    const ends = await known(
      [
        { chain: 'a', value: '1' },
        { chain: 'a', value: '2' },
        { chain: 'b', value: '3' },
      ],
      [
        entry([[0, 'a']]),
        entry([
          [1, 'b'],
          [2, 'other'],
        ]),
      ],
    );
    expect([ends.take('b', AS), ends.take('a', AS), ends.take('a', AS)]).toEqual([
      undefined,
      { ...AS, value: '2' },
      undefined,
    ]);
  });

  it('that cannot be read is a fault, and nothing is paid again in silence', async () => {
    await expect(known([{ chain: 'a' }])).rejects.toThrow();
    await expect(knownEnds(fakeRef(9), { journal: null, blobs })).rejects.toMatchObject({
      code: 'ERR_BLOB_MISSING',
    });
  });
});
