import { InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import type { CommandContext } from '../context.js';

const RECORDS_SEARCHED = 1000;

/**
 * The record of the run that is wanted: an open one first, else the newest. It stands as Temporal
 * says: lost where its workflow is gone, paused where an operator holds it. Throws `ERR_RUN_NOT_FOUND`.
 */
export async function findRecord(
  { config, output }: CommandContext,
  isWanted: (record: RunRecord) => boolean,
  name: string,
): Promise<RunRecord> {
  const { localRunRecords, standingRun } = await import('../../runs/index.js');
  const { records: all, unreadable } = await localRunRecords(config.home).newest(RECORDS_SEARCHED);
  const records = all.filter(isWanted);
  const record = records.find((candidate) => !isEnded(candidate.status)) ?? records[0];
  if (record !== undefined) return (await standingRun(config, record)).record;
  for (const file of unreadable) output.note(`warning: ${file} cannot be read`);
  throw notFound(name);
}

/** The record of one run, read by its id alone; as it stands in Temporal. Throws `ERR_RUN_NOT_FOUND`. */
export async function findRunById({ config }: CommandContext, runId: string): Promise<RunRecord> {
  const { localRunRecords, standingRun } = await import('../../runs/index.js');
  const record = await localRunRecords(config.home).read(runId);
  if (record === undefined) throw notFound(runId);
  return (await standingRun(config, record)).record;
}

function notFound(name: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${name}`,
    hint: 'codetether runs list shows the known ones',
  });
}
