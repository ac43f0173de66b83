import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homePaths } from '../../../src/platform/storage/home.js';
import { runRecord } from '../../support/run-records.js';
import { saveRunRecord } from '../../support/saved-records.js';
import { localRunRecords } from '../../../src/runs/local-ports.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const id = (last: string): string => `01jfgh0000000000000000000${last}`;

describe('localRunRecords', () => {
  it('reads what the worker wrote, newest first', async () => {
    const home = await temporaryFolder();
    for (const last of ['2', '1', '3']) await saveRunRecord(home, runRecord({ runId: id(last) }));
    const records = localRunRecords(home);
    expect(await records.read(id('1'))).toEqual(runRecord({ runId: id('1') }));
    expect((await records.list(2)).map(({ runId }) => runId)).toEqual([id('3'), id('2')]);
  });

  it('knows nothing in an empty home, and looks nowhere for what is no run id', async () => {
    const home = await temporaryFolder();
    const records = localRunRecords(home);
    expect(await records.list(10)).toEqual([]);
    await saveRunRecord(home, runRecord({ runId: 'other' }));
    expect(await records.read(id('1'))).toBeUndefined();
    expect(await records.read('../runs/other')).toBeUndefined();
    expect(await records.read('other')).toBeUndefined();
    expect(await records.list(10)).toEqual([]);
  });

  it('leaves a run out whose record is not written yet', async () => {
    const home = await temporaryFolder();
    await mkdir(join(homePaths(home).runs, id('1')), { recursive: true });
    expect(await localRunRecords(home).list(10)).toEqual([]);
  });

  it('names the file of a record that cannot be read', async () => {
    const home = await temporaryFolder();
    const folder = join(homePaths(home).runs, id('1'));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'record.json'), '{"version": 1');
    await expect(localRunRecords(home).read(id('1'))).rejects.toMatchObject({
      code: 'ERR_RUN_RECORD_INVALID',
      exitCode: 3,
      where: { file: join(folder, 'record.json') },
    });
  });

  it('lists what it can read, and names the files of the rest', async () => {
    const home = await temporaryFolder();
    for (const last of ['1', '2', '3']) await saveRunRecord(home, runRecord({ runId: id(last) }));
    const broken = join(homePaths(home).runs, id('2'), 'record.json');
    await writeFile(broken, '[redacted:private-key]');
    expect(await localRunRecords(home).newest(10)).toEqual({
      records: [runRecord({ runId: id('3') }), runRecord({ runId: id('1') })],
      unreadable: [broken],
    });
    expect(await localRunRecords(home).list(10)).toHaveLength(2);
    expect(await localRunRecords(home).read(id('1'))).toEqual(runRecord({ runId: id('1') }));
  });

  it('stays readable whatever a story says', async () => {
    const home = await temporaryFolder();
    const record = runRecord({
      runId: id('1'),
      notes: ['-----BEGIN PRIVATE KEY-----', '"}', `sk-ant-${'a1'.repeat(20)}`],
    });
    await saveRunRecord(home, record);
    expect(await localRunRecords(home).read(id('1'))).toEqual({
      ...record,
      notes: ['-----BEGIN PRIVATE KEY-----', '"}', '[redacted:anthropic-key]'],
    });
  });
});
