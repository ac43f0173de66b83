import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAuditFile } from '../../../../src/platform/records/audit-file.js';
import { openAudit } from '../../../../src/runs/remote/open-audit.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('the audit file', () => {
  it('keeps the order of its lines, and is the owner\u2019s alone', async () => {
    const path = join(await temporaryFolder(), 'logs', 'audit.ndjson');
    const file = openAuditFile(path);
    await Promise.all(Array.from({ length: 50 }, (_, at) => file.write({ at })));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual(
      Array.from({ length: 50 }, (_, at) => at),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('escapes what a terminal would obey', async () => {
    const path = join(await temporaryFolder(), 'audit.ndjson');
    await openAuditFile(path).write({ agent: 'a\u001b[2J\u202e\n' });
    const text = await readFile(path, 'utf8');
    expect(text).toBe('{"agent":"a\\u001b[2J\\u202e\\n"}\n');
  });

  it('is never more than two files of the limit', async () => {
    const folder = await temporaryFolder();
    const file = openAuditFile(join(folder, 'a'), { largest: 100 });
    for (let at = 0; at < 40; at += 1) await file.write({ at, text: 'x'.repeat(20) });
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'a.1']);
    expect((await stat(join(folder, 'a'))).size).toBeLessThanOrEqual(100);
  });

  it('goes on behind an entry that the disk did not take, and says so', async () => {
    const home = await temporaryFolder();
    const faults: unknown[] = [];
    const note = openAudit(home, (error) => faults.push(error));
    const path = join(home, 'logs', 'audit.ndjson');
    await mkdir(path, { recursive: true });
    note({ at: 1 });
    await expect.poll(() => faults.length).toBe(1);
    note({ at: 2 });
    await expect.poll(() => faults.length).toBe(2);
  });
});
