import {
  type MergeRecord,
  type RunRecord,
  evidenceOutputs,
  isEnded,
  runRecordSchema,
  withOpenSpending,
  type BlobRef,
  hasCutAttempts,
  withWholeAttempts,
} from '../../domain/index.js';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText, redactValues } from '../../observability/index.js';
import { createBlobStore, type BlobStore } from '../storage/blob-store.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { readSpentCalls } from './spending-file.js';
import { homePaths } from '../storage/home.js';

/** The records of the runs of one home, and their reports. */
export interface RunRecords {
  /** Writes a record, and its report once the run has ended. */
  save(record: RunRecord): Promise<void>;
  /**
   * Changes the record of an ended run as it is on disk now; gives the new one, or undefined when there is none.
   * `change` must be repeatable: a crash may let it run again on its own result.
   */
  change(runId: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord | undefined>;
  /** The record on disk; undefined when nobody wrote one yet. */
  read(runId: string): Promise<RunRecord | undefined>;
}

/** Where the records are and what goes into them. */
export interface RunRecordOptions {
  /** State folder, absolute. */
  readonly home: string;
  /** The report of an ended run as Markdown; `outputs` are the ends of what checks printed, by digest. */
  readonly renderReport: (record: RunRecord, outputs: ReadonlyMap<string, string>) => string;
}

/** The records of a home. */
export function createRunRecords(options: RunRecordOptions): RunRecords {
  const { home, renderReport } = options;
  // Without the key: the report is a plain file, and outputs that are encrypted stay out of it.
  const blobs = createBlobStore(homePaths(home).blobs, { cacheBytes: 0 });
  const save = async (known: RunRecord): Promise<void> => {
    const whole = await withNotedMerges(home, await wholeRecord(home, known));
    const record = withOpenSpending(whole, await readSpentCalls(home, known.runId));
    const folder = join(homePaths(home).runs, record.runId);
    await mkdir(folder, { recursive: true });
    await writeDurableFile(
      join(folder, 'record.json'),
      `${JSON.stringify(redactValues(record), null, 2)}\n`,
    );
    if (!isEnded(record.status)) return;
    const report = renderReport(record, await readOutputs(blobs, record));
    await writeDurableFile(join(folder, 'report.md'), redactText(report));
  };
  return {
    save,
    async change(runId, change) {
      const record = await readRunRecord(home, runId);
      if (record === undefined) return undefined;
      const changed = change(record);
      await save(changed);
      return changed;
    },
    read: (runId) => readRunRecord(home, runId),
  };
}

/** What was cut so that it could travel is not lost: the record on disk has it. */
async function wholeRecord(home: string, record: RunRecord): Promise<RunRecord> {
  if (!hasCutAttempts(record)) return record;
  const stored = await readRunRecord(home, record.runId);
  return stored === undefined ? record : withWholeAttempts(record, stored);
}

/** A session may be merged while it begins a prompt: its workflow, which read its record before, does not know of that merge. */
async function withNotedMerges(home: string, record: RunRecord): Promise<RunRecord> {
  if (record.kind !== 'session') return record;
  const stored = await readRunRecord(home, record.runId);
  return (stored?.merges ?? []).reduce(withMerge, record);
}

async function readRunRecord(home: string, runId: string): Promise<RunRecord | undefined> {
  let text: string;
  try {
    text = await readFile(join(homePaths(home).runs, runId, 'record.json'), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  return runRecordSchema.parse(JSON.parse(text));
}

/** Outputs of evidence in one report, the latest first; more would make it unreadable. */
const OUTPUTS_READ = 400;
const TAIL_BYTES = 16 * 1024;

/** The ends of what the checks of a run printed, by digest; outputs that are gone are left out. */
export async function readOutputs(
  blobs: BlobStore,
  record: RunRecord,
): Promise<ReadonlyMap<string, string>> {
  const outputs = new Map<string, string>();
  for (const ref of evidenceOutputs(record).slice(-OUTPUTS_READ)) {
    const tail = outputs.has(ref.digest) ? undefined : await readTail(blobs, ref);
    if (tail !== undefined) outputs.set(ref.digest, tail);
  }
  return outputs;
}

async function readTail(blobs: BlobStore, ref: BlobRef): Promise<string | undefined> {
  try {
    const bytes = await blobs.get(ref);
    return bytes.subarray(-TAIL_BYTES).toString('utf8');
  } catch {
    // Evidence of a run outlives its outputs: a report without them is better than none.
    return undefined;
  }
}

/** Notes in the record of a run that its work was merged, once. */
export async function noteMerge(
  records: RunRecords,
  runId: string,
  merge: MergeRecord,
): Promise<void> {
  await records.change(runId, (record) => withMerge(record, merge));
}

function withMerge(record: RunRecord, merge: MergeRecord): RunRecord {
  const merges = record.merges ?? [];
  const isKnown = merges.some(({ into, commit }) => into === merge.into && commit === merge.commit);
  return isKnown ? record : { ...record, merges: [...merges, merge] };
}
