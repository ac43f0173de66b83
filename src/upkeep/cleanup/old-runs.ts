import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnded, runRecordSchema, type RunRecord } from '../../domain/index.js';
import { homePaths } from '../../platform/index.js';

/** The runs of a home as a cleanup sees them. */
export interface RunInventory {
  /** Ended before the cutoff: they may go. */
  readonly old: readonly RunRecord[];
  /** Everything else that can be read. */
  readonly kept: readonly RunRecord[];
  /** Texts of all records that stay, readable or not: what they name is needed. */
  readonly keptTexts: readonly string[];
  /** When the oldest run began that is still open, in milliseconds; infinity when none is. */
  readonly oldestOpenAt: number;
}

/** Sorts the runs of a home by whether they ended before `cutoff`. A record that cannot be read stays. */
export async function inventoryRuns(home: string, cutoff: number): Promise<RunInventory> {
  const folder = homePaths(home).runs;
  const ids = await readdir(folder).catch(() => []);
  const old: RunRecord[] = [];
  const kept: RunRecord[] = [];
  const keptTexts: string[] = [];
  for (const id of ids) {
    const text = await readFile(join(folder, id, 'record.json'), 'utf8').catch(() => '');
    const record = parseRecord(text);
    // a folder under another name would be removed by the wrong one
    if (record?.runId === id && isEnded(record.status) && endOf(record) < cutoff) old.push(record);
    else {
      // what a question needs to go on is named beside its record
      const notes = await readFile(join(folder, id, 'repl.ndjson'), 'utf8').catch(() => '');
      keptTexts.push(text, notes);
      if (record !== undefined) kept.push(record);
    }
  }
  const open = kept.filter(({ status }) => !isEnded(status));
  const oldestOpenAt = Math.min(
    Number.POSITIVE_INFINITY,
    ...open.map(({ startedAt }) => Date.parse(startedAt)),
  );
  return { old, kept, keptTexts, oldestOpenAt };
}

function endOf(record: RunRecord): number {
  const end = Date.parse(record.endedAt ?? '');
  // an end that nobody can date is no reason to remove anything
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
}

function parseRecord(text: string): RunRecord | undefined {
  try {
    return runRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
