import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { blobChain } from '../../../../src/platform/storage/blob-chain.js';
import {
  addToJournal,
  addToScript,
  readJournal,
  readScriptJournal,
} from '../../../../src/platform/storage/repl-journal.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const chain = blobChain(z.object({ n: z.number() }));

async function chained(numbers: readonly number[], blobs: MemoryBlobs): Promise<BlobRef | null> {
  let newest: BlobRef | null = null;
  for (const n of numbers) newest = await chain.add(newest, { n }, blobs);
  return newest;
}

describe('a list in the blob store', () => {
  it('has all of its entries, oldest first, whatever was added', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { maxLength: 30 }), async (numbers) => {
        const blobs = new MemoryBlobs();
        const entries = await chain.read(await chained(numbers, blobs), blobs);
        expect(entries.map(({ n }) => n)).toEqual(numbers);
      }),
    );
  });

  it('goes on from any of its links: the others stay what they are', async () => {
    const blobs = new MemoryBlobs();
    const two = await chained([1, 2], blobs);
    const left = await chain.add(two, { n: 3 }, blobs);
    const right = await chain.add(two, { n: 4 }, blobs);
    const read = async (ref: BlobRef | null) => (await chain.read(ref, blobs)).map(({ n }) => n);
    expect([await read(two), await read(left), await read(right)]).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 4],
    ]);
  });

  it('is the same list where the same was added: a step done again makes no other', async () => {
    const blobs = new MemoryBlobs();
    expect(await chained([1, 2, 3], blobs)).toEqual(await chained([1, 2, 3], blobs));
    expect(blobs.content.size).toBe(3);
  });

  it('knows its length without being read from its start', async () => {
    const blobs = new MemoryBlobs();
    const newest = await chained([7, 8, 9], blobs);
    const link = newest === null ? '' : await blobs.getText(newest);
    expect(JSON.parse(link)).toMatchObject({ version: 1, length: 3, entry: { n: 9 } });
  });

  it('of which a link is gone, or is no link, is not read as a shorter one', async () => {
    const blobs = new MemoryBlobs();
    await expect(chain.read(fakeRef(1), blobs)).rejects.toMatchObject({ code: 'ERR_BLOB_MISSING' });
    for (const bad of [
      '[]',
      'no JSON',
      '{"version":2,"length":1,"previous":null,"entry":{"n":1}}',
      '{"version":1,"length":0,"previous":null,"entry":{"n":1}}',
      '{"version":1,"length":1,"previous":null,"entry":{"n":"x"}}',
    ]) {
      const ref = await blobs.put(bad);
      await expect(chain.read(ref, blobs)).rejects.toThrow();
      await expect(chain.add(ref, { n: 1 }, blobs)).rejects.toThrow();
    }
  });
});

describe('journals', () => {
  it('of scripts and of REPLs are such lists, and neither is taken for the other', async () => {
    const blobs = new MemoryBlobs();
    const entry = { ends: null, chains: [{ id: 0, chain: 'c' }], hash: 'h' };
    const ref = await addToScript(null, entry, blobs);
    expect(await readScriptJournal(ref, blobs)).toEqual([entry]);
    expect(await readScriptJournal(null, blobs)).toEqual([]);
    await expect(readJournal(ref, blobs)).rejects.toThrow();
    expect(typeof addToJournal).toBe('function');
  });
});
