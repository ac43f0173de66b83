import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventPort, RunRecordPort } from '../../client/index.js';
import { InvariantError, runRecordSchema, type RunRecord } from '../../domain/index.js';
import { createEventLog, homePaths, isNotFound, type Envelope } from '../../platform/index.js';

/** Run records on this machine's disk. */
export function localRunRecords(home: string): RunRecordPort {
  const folder = homePaths(home).runs;
  const read = async (runId: string): Promise<RunRecord | undefined> => {
    const file = join(folder, runId, 'record.json');
    try {
      return runRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
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
  return {
    read: async (runId) => (isRunId(runId) ? read(runId) : undefined),
    async list(limit) {
      const ids = (await readdir(folder).catch(() => []))
        .filter(isRunId)
        .sort()
        .reverse()
        .slice(0, limit);
      const records = await Promise.all(ids.map(read));
      return records.filter((record) => record !== undefined);
    },
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
