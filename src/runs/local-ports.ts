import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventPort, RecordList, RunRecordPort } from '../client/index.js';
import {
  InvariantError,
  isEnded,
  runRecordSchema,
  withOpenSpending,
  type RunRecord,
} from '../domain/index.js';
import {
  createEventLog,
  homePaths,
  isNotFound,
  readBounded,
  readSpentCalls,
  type Envelope,
} from '../platform/index.js';

/** Far beyond the record of any run that was made on purpose. */
const LARGEST_RECORD = 256 * 1024 * 1024;
/** Records read at once. */
const READ_AT_ONCE = 16;

/** Run records on this machine's disk. */
export function localRunRecords(home: string): RunRecordPort {
  const folder = homePaths(home).runs;
  const read = async (runId: string): Promise<RunRecord | undefined> => {
    const file = join(folder, runId, 'record.json');
    try {
      const record = runRecordSchema.parse(JSON.parse(await readBounded(file, LARGEST_RECORD)));
      // The record is written now and then; what was paid since is noted call by call.
      return isEnded(record.status)
        ? record
        : withOpenSpending(record, await readSpentCalls(home, runId));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw new InvariantError('ERR_RUN_RECORD_INVALID', {
        message: `the record of run ${runId} cannot be read`,
        where: { file },
        hint: 'keep the file and report it; the commits of the run are safe in the repository',
        cause: error,
      });
    }
  };
  const readNewest = async (limit: number): Promise<RecordList> => {
    const ids = (await readdir(folder).catch(() => [])).filter(isRunId).sort().reverse();
    const records: RunRecord[] = [];
    const unreadable: string[] = [];
    const wanted = ids.slice(0, limit);
    for (let at = 0; at < wanted.length; at += READ_AT_ONCE) {
      const part = wanted.slice(at, at + READ_AT_ONCE);
      const answers = await Promise.allSettled(part.map(read));
      for (const [index, answer] of answers.entries()) {
        if (answer.status === 'rejected')
          unreadable.push(join(folder, part[index] ?? '', 'record.json'));
        else if (answer.value !== undefined) records.push(answer.value);
      }
    }
    return { records, unreadable };
  };
  return {
    read: async (runId) => (isRunId(runId) ? read(runId) : undefined),
    async list(limit) {
      return (await readNewest(limit)).records;
    },
    newest: readNewest,
  };
}

/** Run events on this machine's disk; encrypted ones need the envelope. */
export function localEvents(home: string, envelope: Envelope | null): EventPort {
  return createEventLog(homePaths(home).events, envelope);
}

/** Run ids are ULIDs in lower case: sortable by time, and safe as file and branch names. */
function isRunId(name: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(name);
}
