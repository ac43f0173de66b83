import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNoticeFiles } from '../../../../src/platform/records/notice-files.js';
import { notice } from '../../../support/notice-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function noticeFiles() {
  const folder = join(await temporaryFolder(), 'notices');
  return { folder, files: createNoticeFiles(folder, null) };
}

describe('messages on disk', () => {
  it('are kept once, oldest first, until they are told', async () => {
    const { files, folder } = await noticeFiles();
    expect(await files.pending()).toEqual([]);
    const late = notice(1, { at: '2026-01-03T00:00:00.000Z' });
    const early = notice(2);
    expect(await files.put(late)).toBe('kept');
    expect(await files.put(early)).toBe('kept');
    expect(await files.put({ ...early, body: { other: true } })).toBe('kept');
    expect(await files.pending()).toEqual([early, late]);
    await files.settle([early]);
    expect(await files.put(early)).toBe('told');
    expect(await files.pending()).toEqual([late]);
    const [name = ''] = await readdir(folder);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it('are not held up by a file that nobody can read', async () => {
    const { files, folder } = await noticeFiles();
    await files.put(notice(1));
    await writeFile(join(folder, 'torn.json'), '{"version":1,');
    await writeFile(join(folder, `${'f'.repeat(32)}.json`), '{"version":7}');
    expect(await files.pending()).toEqual([notice(1)]);
  });

  it('are forgotten two weeks after they were told', async () => {
    const { files, folder } = await noticeFiles();
    await files.settle([notice(1)]);
    const then = new Date(Date.now() - 15 * 24 * 3_600_000);
    await utimes(join(folder, `${notice(1).id}.told`), then, then);
    await files.settle([notice(2)]);
    expect(await readdir(folder)).toEqual([`${notice(2).id}.told`]);
  });
});
