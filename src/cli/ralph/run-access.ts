import type { Gateway } from '../../client/index.js';
import { InvalidInputError, isEnded, type RunRecord } from '../../domain/index.js';
import type { CommandContext } from '../context.js';

/** The newest record that is wanted, an open one before an ended one. Throws `ERR_RUN_NOT_FOUND` with the name. */
export async function findRecord(
  { config }: CommandContext,
  isWanted: (record: RunRecord) => boolean,
  name: string,
): Promise<RunRecord> {
  const { localRunRecords } = await import('../../service/index.js');
  const records = (await localRunRecords(config.home).list(1000)).filter(isWanted);
  const record = records.find((candidate) => !isEnded(candidate.status)) ?? records[0];
  if (record !== undefined) return record;
  throw new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${name}`,
    hint: 'codetether runs list shows the known ones',
  });
}

/** The record of a run by its id. Throws `ERR_RUN_NOT_FOUND`. */
export function findRun(context: CommandContext, run: string): Promise<RunRecord> {
  return findRecord(context, (record) => record.runId === run, run);
}

/** Works with a gateway; starts the service when nothing answers. */
export async function withGateway<Result>(
  context: CommandContext,
  work: (gateway: Gateway) => Promise<Result>,
): Promise<Result> {
  const { ensureRunning, openGateway } = await import('../../service/index.js');
  const endpoint = await ensureRunning(context.config, {
    temporalCli: context.globals.temporalCli,
    onProgress: (text) => context.output.note(text),
  });
  const open = await openGateway(context.config, endpoint);
  try {
    return await work(open.gateway);
  } finally {
    await open.close();
  }
}
