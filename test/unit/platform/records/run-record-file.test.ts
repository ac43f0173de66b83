import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carriedRecord } from '../../../../src/domain/run/carried-record.js';
import { renderReport } from '../../../../src/report/markdown.js';
import { noteMerge, readOutputs } from '../../../../src/platform/records/run-record-file.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';
import { recordsOf, saveRunRecord } from '../../../support/saved-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('RunRecords.save', () => {
  it('writes the record as JSON, and a report only when the run has ended', async () => {
    const home = await temporaryFolder();
    const folder = join(homePaths(home).runs, 'run-1');
    const running = runRecord({ status: 'running', endedAt: null });
    await saveRunRecord(home, running);
    expect(JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'))).toEqual(running);
    await expect(readFile(join(folder, 'report.md'))).rejects.toMatchObject({ code: 'ENOENT' });
    const ended = runRecord({ status: 'passed' });
    await saveRunRecord(home, ended);
    expect(JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'))).toEqual(ended);
    expect(await readFile(join(folder, 'report.md'), 'utf8')).toBe(renderReport(ended));
  });
});

describe('RunRecords.save of a run that goes on', () => {
  it('has its earlier attempts whole, although they travelled in short', async () => {
    const home = await temporaryFolder();
    const attempts = [attemptRecord({ changedFiles: ['a.ts', 'b.ts'], summary: 'what it did' })];
    const before = runRecord({
      stories: [storyRecord('a', { status: 'failed', attempts })],
    });
    await saveRunRecord(home, before);
    await saveRunRecord(home, carriedRecord(before));
    expect((await recordsOf(home).read('run-1'))?.stories[0]?.attempts).toEqual(attempts);
  });
});

describe('RunRecords.save of a session', () => {
  const merge = {
    into: 'main',
    commit: 'a'.repeat(40),
    stories: ['T1'],
    mode: 'rebase' as const,
    mergedAt: '2026-01-02T03:04:05.000Z',
  };

  it('keeps a merge that was noted since its workflow read the record, once', async () => {
    const home = await temporaryFolder();
    const known = runRecord({ kind: 'session' });
    await saveRunRecord(home, known);
    await noteMerge(recordsOf(home), 'run-1', merge);
    for (const notes of [['one'], ['two']]) await saveRunRecord(home, { ...known, notes });
    const later = { ...merge, commit: 'b'.repeat(40) };
    await saveRunRecord(home, { ...known, merges: [later], notes: ['three'] });
    expect(await recordsOf(home).read('run-1')).toMatchObject({
      notes: ['three'],
      merges: [later, merge],
    });
  });

  it('alone does so: every other record is its workflow’s or a command’s', async () => {
    const home = await temporaryFolder();
    const known = runRecord({ kind: 'ralph' });
    await saveRunRecord(home, { ...known, merges: [merge] });
    await saveRunRecord(home, known);
    expect((await recordsOf(home).read('run-1'))?.merges).toBeUndefined();
  });
});

describe('RunRecords.change', () => {
  it('works on what is on disk now', async () => {
    const home = await temporaryFolder();
    await saveRunRecord(home, runRecord({ notes: ['kept'] }));
    const changed = await recordsOf(home).change('run-1', (record) => ({
      ...record,
      discardedAt: '2026-01-02T03:04:05.000Z',
    }));
    expect(changed).toMatchObject({ notes: ['kept'], discardedAt: '2026-01-02T03:04:05.000Z' });
    const report = await readFile(join(homePaths(home).runs, 'run-1', 'report.md'), 'utf8');
    expect(report).toContain('Discarded at 2026-01-02 03:04:05 UTC');
  });

  it('makes no record of a run that has none', async () => {
    expect(await recordsOf(await temporaryFolder()).change('run-1', (record) => record)).toBe(
      undefined,
    );
  });
});

describe('readOutputs', () => {
  it('gives the ends of what checks printed, and goes without outputs that are gone', async () => {
    const home = await temporaryFolder();
    const blobs = createBlobStore(homePaths(home).blobs, { cacheBytes: 0 });
    const long = await blobs.put(`${'x'.repeat(20_000)}end\n`);
    const gone = await blobs.put('gone');
    await rm(blobs.path(gone));
    const attempts = [
      attemptRecord({ evidence: [evidence({ output: long }), evidence({ output: gone })] }),
    ];
    const record = runRecord({ stories: [storyRecord('US-001', { attempts })] });
    const outputs = await readOutputs(blobs, record);
    expect([...outputs.keys()]).toEqual([long.digest]);
    expect(outputs.get(long.digest)).toHaveLength(16 * 1024);
    expect(outputs.get(long.digest)?.endsWith('xend\n')).toBe(true);
  });
});
