import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBounded, readStreamBounded } from '../../../../src/platform/light/bounded-file.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const UNSUITABLE = { code: 'ERR_FILE_UNSUITABLE', exitCode: 2 };

describe('readBounded', () => {
  it.each(['/dev/zero', '/dev/null', '/dev'])('refuses %s at once', async (path) => {
    await expect(readBounded(path, 1000)).rejects.toMatchObject(UNSUITABLE);
  });

  it('refuses a pipe that nobody writes to, and what is too large', async () => {
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(readBounded(join(folder, 'pipe'), 1000)).rejects.toMatchObject(UNSUITABLE);
    await writeFile(join(folder, 'large'), 'x'.repeat(1001));
    await expect(readBounded(join(folder, 'large'), 1000)).rejects.toMatchObject(UNSUITABLE);
    await writeFile(join(folder, 'fits'), 'x'.repeat(1000));
    expect(await readBounded(join(folder, 'fits'), 1000)).toHaveLength(1000);
  });

  it('reads files whose size the system does not tell', async () => {
    expect(await readBounded('/proc/self/status', 100_000)).toContain('Pid:');
  });
});

describe('readStreamBounded', () => {
  it('ends with a stream, and before one without end', async () => {
    function* endless(): Generator<string> {
      for (;;) yield 'x'.repeat(100);
    }
    expect(await readStreamBounded(Readable.from(['a', 'b']), 10)).toBe('ab');
    expect(await readStreamBounded(Readable.from(endless()), 1000)).toBeNull();
  });
});
