import { InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import type { CommandContext } from '../context.js';

const RECORDS_SEARCHED = 1000;

/**
 * The record of the run that is wanted: an open one first, else the newest. A run whose workflow is gone is closed as lost on
 * the way. Throws `ERR_RUN_NOT_FOUND`.
 */
export async function findRecord(
  { config, output }: CommandContext,
  isWanted: (record: RunRecord) => boolean,
  name: string,
): Promise<RunRecord> {
  const { localRunRecords, settleLostRun } = await import('../../runs/index.js');
  const { records: all, unreadable } = await localRunRecords(config.home).newest(RECORDS_SEARCHED);
  const records = all.filter(isWanted);
  const record = records.find((candidate) => !isEnded(candidate.status)) ?? records[0];
  if (record !== undefined) return settleLostRun(config, record);
  for (const file of unreadable) output.note(`warning: ${file} cannot be read`);
  throw notFound(name);
}

/** The record of one run, read by its id alone; closed as lost when its workflow is gone. Throws `ERR_RUN_NOT_FOUND`. */
export async function findRunById({ config }: CommandContext, runId: string): Promise<RunRecord> {
  const { localRunRecords, settleLostRun } = await import('../../runs/index.js');
  const record = await localRunRecords(config.home).read(runId);
  if (record === undefined) throw notFound(runId);
  return settleLostRun(config, record);
}

function notFound(name: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${name}`,
    hint: 'codetether runs list shows the known ones',
  });
}
