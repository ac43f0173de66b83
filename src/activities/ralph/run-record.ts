import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnded, renderReport, type RunRecord } from '../../domain/index.js';
import { homePaths, writeDurableFile } from '../../platform/index.js';

/** Writes the run's record, and its report once the run has ended. */
export async function writeRunRecord(home: string, record: RunRecord): Promise<void> {
  const folder = join(homePaths(home).runs, record.runId);
  await mkdir(folder, { recursive: true });
  await writeDurableFile(join(folder, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
  if (isEnded(record.status))
    await writeDurableFile(join(folder, 'report.md'), renderReport(record));
}
