import type { MergeRecord, RunRecord } from '../../domain/index.js';
import { changeRunRecord } from './run-record-file.js';

/** Notes in the record of a run that its work was merged, once. */
export async function noteMerge(home: string, runId: string, merge: MergeRecord): Promise<void> {
  await changeRunRecord(home, runId, (record) => withMerge(record, merge));
}

function withMerge(record: RunRecord, merge: MergeRecord): RunRecord {
  const merges = record.merges ?? [];
  const isKnown = merges.some(({ into, commit }) => into === merge.into && commit === merge.commit);
  return isKnown ? record : { ...record, merges: [...merges, merge] };
}
