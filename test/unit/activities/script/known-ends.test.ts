import { describe, expect, it } from 'vitest';
import { knownEnds } from '../../../../src/activities/script/known-ends.js';
import type { ScriptEntry } from '../../../../src/domain/script/script-journal.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { addToScript } from '../../../../src/platform/storage/repl-journal.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const blobs = new MemoryBlobs();

async function journalOf(entries: readonly ScriptEntry[]): Promise<BlobRef | null> {
  let journal: BlobRef | null = null;
  for (const entry of entries) journal = await addToScript(journal, entry, blobs);
  return journal;
}

async function known(ends: readonly object[], entries: readonly ScriptEntry[] = []) {
  const ref = await blobs.put(JSON.stringify(ends));
  return knownEnds(ref, { journal: await journalOf(entries), blobs });
}

const entry = (
  calls: readonly [number, string][],
  ended: readonly number[] | null = null,
): ScriptEntry => ({
  ends: ended?.map((id) => ({ id, spent: 0, value: '0' })) ?? null,
  chains: calls.map(([id, chain]) => ({ id, chain })),
  hash: '',
});

/** Ends of a run before: chain, how often it was asked before, place among the ends, value. */
const end = (
  chain: string,
  value: string,
  place: { readonly nth: number; readonly at: number },
) => ({
  chain,
  ...place,
  spent: place.at * 10,
  value,
});

describe('what a run before has paid for', () => {
  it('is nothing where there was none', async () => {
    const none = await knownEnds(null, { journal: null, blobs });
    expect(none.ask([{ id: 0, chain: 'a' }])).toEqual(new Set());
    expect(none.next()).toBeUndefined();
  });

  it('belongs to the call that was asked as often before, and is told in the order of that time', async () => {
    const ends = await known([
      end('a', '"second"', { nth: 1, at: 0 }),
      end('b', '"b"', { nth: 0, at: 1 }),
      end('a', '"first"', { nth: 0, at: 2 }),
    ]);
    const asked = ends.ask([
      { id: 0, chain: 'a' },
      { id: 1, chain: 'a' },
      { id: 2, chain: 'a' },
      { id: 3, chain: 'b' },
    ]);
    expect(asked).toEqual(new Set([0, 1, 3]));
    expect([ends.next(), ends.next(), ends.next(), ends.next()]).toEqual([
      { id: 1, spent: 0, value: '"second"' },
      { id: 3, spent: 10, value: '"b"' },
      { id: 0, spent: 20, value: '"first"' },
      undefined,
    ]);
  });

  it('is told once: what the journal of this run has told is over, what it has asked is due', async () => {
    const before = [
      end('a', '1', { nth: 0, at: 0 }),
      end('a', '2', { nth: 1, at: 1 }),
      end('b', '3', { nth: 0, at: 2 }),
    ];
    const first = [
      entry([[0, 'a']]),
      entry(
        [
          [1, 'b'],
          [2, 'other'],
        ],
        [0],
      ),
    ];
    const ends = await known(before, first);
    expect([ends.next(), ends.next()]).toEqual([{ id: 1, spent: 20, value: '3' }, undefined]);
    // the same again, with one step more: only that one is read
    const more = await known(before, [...first, entry([[3, 'a']], [1])]);
    expect([more.next(), more.next()]).toEqual([{ id: 3, spent: 10, value: '2' }, undefined]);
  });

  it('that cannot be read is a fault, and nothing is paid again in silence', async () => {
    await expect(known([{ chain: 'a', nth: 0 }])).rejects.toThrow();
    await expect(knownEnds(fakeRef(9), { journal: null, blobs })).rejects.toMatchObject({
      code: 'ERR_BLOB_MISSING',
    });
  });
});
