import { setTimeout as delay } from 'node:timers/promises';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { isEnded } from '../../src/domain/run/run.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { runningPids } from './kill-random.js';
import type { SeenRequest } from './scripted-model.js';

/** A kill that was done. */
export interface Kill {
  readonly at: number;
}

const GIVE_UP_MS = 240_000;
/** What was answered so shortly before a kill may not have arrived, or not have reached the disk. */
const IN_FLIGHT_MS = 250;

/** Calls that the server saw again although their first answer had been given well before any kill, as `name` calls them. */
export function settledAndRepeated(
  requests: readonly SeenRequest[],
  kills: readonly Kill[],
  name: (request: SeenRequest) => string,
): string[] {
  const seen = new Map<string, SeenRequest>();
  return requests.flatMap((request) => {
    const first = seen.get(request.digest);
    seen.set(request.digest, first ?? request);
    if (first === undefined) return [];
    const wasInFlight = kills.some(
      ({ at }) => first.startedAt <= at && (first.answeredAt ?? Infinity) + IN_FLIGHT_MS >= at,
    );
    return wasInFlight ? [] : [name(request)];
  });
}

/** The record of a run once it has ended. */
export async function endedRecord(home: string, runId: string): Promise<RunRecord> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const found = await localRunRecords(home).read(runId);
    if (found !== undefined && isEnded(found.status)) return found;
    if (Date.now() > deadline)
      throw new Error(`run ${runId} did not end: ${JSON.stringify(found)}`);
    await delay(50);
  }
}

/**
 * Kills `roles` with SIGKILL again and again while a run is open, each time after a pause of `pause` milliseconds, until it has ended or `most`
 * kills are done; gives the kills.
 */
export async function killWhileOpen(
  home: string,
  runId: string,
  how: { readonly roles: readonly string[]; readonly pause: () => number; readonly most: number },
): Promise<Kill[]> {
  const kills: Kill[] = [];
  while (kills.length < how.most) {
    await delay(how.pause());
    const record = await localRunRecords(home).read(runId);
    if (isEnded(record?.status ?? 'running')) break;
    for (const pid of await runningPids(home, how.roles)) process.kill(pid, 'SIGKILL');
    kills.push({ at: Date.now() });
  }
  return kills;
}
