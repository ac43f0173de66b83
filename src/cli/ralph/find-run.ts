import { InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import type { CommandContext } from '../context.js';

const RECORDS_SEARCHED = 1000;

/**
 * The record of the run that is wanted: an open one first, else the newest. A run whose workflow is gone is closed as lost on
 * the way. Throws `ERR_RUN_NOT_FOUND`.
 */
export async function findRecord(
  { config }: CommandContext,
  isWanted: (record: RunRecord) => boolean,
  name: string,
): Promise<RunRecord> {
  const { localRunRecords, settleLostRun } = await import('../../service/index.js');
  const records = (await localRunRecords(config.home).list(RECORDS_SEARCHED)).filter(isWanted);
  const record = records.find((candidate) => !isEnded(candidate.status)) ?? records[0];
  if (record !== undefined) return settleLostRun(config, record);
  throw new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${name}`,
    hint: 'codetether runs list shows the known ones',
  });
}

/** {@link findRecord} by run id. */
export function findRunById(context: CommandContext, runId: string): Promise<RunRecord> {
  return findRecord(context, (record) => record.runId === runId, runId);
}
