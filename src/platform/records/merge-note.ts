import type { MergeRecord, RunRecord } from '../../domain/index.js';
import type { RunRecords } from './run-record-file.js';

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
