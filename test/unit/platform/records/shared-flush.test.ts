import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SharedFlush } from '../../../../src/platform/records/shared-flush.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** A disk that flushes when it is told to. */
function slowDisk() {
  const begun: { path: string; end: (error?: Error) => void }[] = [];
  const flush = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      begun.push({ path, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { begun, flushes: new SharedFlush(flush) };
}

describe('a flush', () => {
  it('is shared by all who ask while another one is under way, and by nobody who asked before', async () => {
    const { begun, flushes } = slowDisk();
    const first = flushes.of('a');
    const later = [flushes.of('a'), flushes.of('a'), flushes.of('a')];
    const other = flushes.of('b');
    expect(begun.map(({ path }) => path)).toEqual(['a', 'b']);
    begun[0]?.end();
    begun[1]?.end();
    await Promise.all([first, other]);
    expect(begun.map(({ path }) => path)).toEqual(['a', 'b', 'a']);
    const last = flushes.of('a');
    begun[2]?.end();
    await Promise.all(later);
    begun[3]?.end();
    await last;
    const alone = flushes.of('a');
    expect(begun).toHaveLength(5);
    begun[4]?.end();
    await alone;
  });

  it('that fails does so for those who asked for it, and the next one is tried', async () => {
    const { begun, flushes } = slowDisk();
    const first = flushes.of('a');
    const second = flushes.of('a');
    begun[0]?.end(new Error('no'));
    await expect(first).rejects.toThrow('no');
    begun[1]?.end();
    await second;
    expect(begun).toHaveLength(2);
  });

  it('takes a file of the disk', async () => {
    const file = join(await temporaryFolder(), 'notes');
    await appendFile(file, 'a');
    await expect(new SharedFlush().of(file)).resolves.toBeUndefined();
    await expect(new SharedFlush().of(`${file}.gone`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
