import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRunRecord } from '../../../../src/activities/ralph/run-record.js';
import { renderReport } from '../../../../src/domain/index.js';
import { homePaths } from '../../../../src/platform/index.js';
import { runRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('writeRunRecord', () => {
  it('writes the record as JSON, and a report only when the run has ended', async () => {
    const home = await temporaryFolder();
    const folder = join(homePaths(home).runs, 'run-1');
    const running = runRecord({ status: 'running', endedAt: null });
    await writeRunRecord(home, running);
    expect(JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'))).toEqual(running);
    await expect(readFile(join(folder, 'report.md'))).rejects.toMatchObject({ code: 'ENOENT' });
    const ended = runRecord({ status: 'passed' });
    await writeRunRecord(home, ended);
    expect(JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'))).toEqual(ended);
    expect(await readFile(join(folder, 'report.md'), 'utf8')).toBe(renderReport(ended));
  });
});
