import type { Config } from '../../config/index.js';
import { InvalidInputError, type RunRecord, type SessionFacts } from '../../domain/index.js';
import { localRunRecords } from '../local-ports.js';
import { standingRun, standingRuns } from '../results/standing-runs.js';
import type { SessionPlace } from './session-place.js';

/** A record of a session: it has what only sessions have. */
export type SessionRecord = RunRecord & { readonly session: SessionFacts };

const RECORDS_LOOKED_AT = 1000;

/** The sessions of a place, newest prompt first; of every place without one. With the files of records that cannot be read. */
export async function listSessions(
  config: Config,
  place: SessionPlace | null,
): Promise<{ readonly sessions: SessionRecord[]; readonly unreadable: readonly string[] }> {
  const found = await localRunRecords(config.home).newest(RECORDS_LOOKED_AT);
  const { unreadable } = found;
  const here = found.records.filter(isSession).filter((record) => isOf(record, place));
  const records = (await standingRuns(config, here)).map(({ record }) => record).filter(isSession);
  return { sessions: records.toSorted(byLastWord), unreadable };
}

/** The session by its id. Throws `ERR_SESSION_UNKNOWN`. */
export async function findSession(config: Config, id: string): Promise<SessionRecord> {
  const record = await localRunRecords(config.home).read(id);
  if (record === undefined) throw unknown(`there is no session ${id}`);
  if (!isSession(record)) throw unknown(`${id} is no session but a run of kind ${record.kind}`);
  const { record: standing } = await standingRun(config, record);
  return isSession(standing) ? standing : record;
}

/** The session of this place in which something was said last. Throws `ERR_SESSION_UNKNOWN`. */
export async function latestSession(config: Config, place: SessionPlace): Promise<SessionRecord> {
  const [latest] = (await listSessions(config, place)).sessions;
  if (latest !== undefined) return latest;
  throw unknown(
    place.repository === null
      ? `there is no session of the folder ${place.folder}`
      : `there is no session of the repository ${place.repository}`,
  );
}

/** Whether a session belongs to a place: to its repository, or to its folder where there is none. */
export function isOf({ repository }: SessionRecord, place: SessionPlace | null): boolean {
  return place === null || repository === (place.repository ?? place.folder);
}

function isSession(record: RunRecord): record is SessionRecord {
  return record.session !== undefined;
}

function byLastWord(left: SessionRecord, right: SessionRecord): number {
  const [ofLeft, ofRight] = [left, right].map(lastWordAt);
  if (ofLeft === ofRight) return 0;
  return (ofLeft ?? '') < (ofRight ?? '') ? 1 : -1;
}

/** When something was said last in a session, ISO 8601. */
export function lastWordAt({ session, startedAt }: SessionRecord): string {
  return session.entries.at(-1)?.at ?? startedAt;
}

function unknown(message: string): InvalidInputError {
  return new InvalidInputError('ERR_SESSION_UNKNOWN', {
    message,
    where: { field: 'session' },
    hint: 'codetether session list --all shows the known ones',
  });
}
