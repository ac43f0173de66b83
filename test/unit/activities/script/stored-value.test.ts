import { describe, expect, it } from 'vitest';
import { storedValue } from '../../../../src/activities/script/stored-value.js';
import { SHORT_VALUE } from '../../../../src/domain/script/script-journal.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

describe('a value of a script', () => {
  it('stands in the journal where it is short, and in the store where it is long', async () => {
    const blobs = new MemoryBlobs();
    const longest = JSON.stringify('x'.repeat(SHORT_VALUE - 2));
    expect(await storedValue(longest, blobs)).toEqual({ value: longest });
    const long = JSON.stringify('x'.repeat(SHORT_VALUE - 1));
    const stored = await storedValue(long, blobs);
    expect('ref' in stored ? await blobs.getText(stored.ref) : '').toBe(long);
  });
});
