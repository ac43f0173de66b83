import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { createRunRecords, type RunRecords } from '../../src/platform/records/run-record-file.js';
import { renderReport } from '../../src/report/markdown.js';

/** Writes a run's record below `home`, as the engine does. */
export function saveRunRecord(home: string, record: RunRecord): Promise<void> {
  return recordsOf(home).save(record);
}

/** The records of a home with the real report. */
export function recordsOf(home: string): RunRecords {
  return createRunRecords({ home, renderReport });
}
