import { readSpentCalls } from '../../src/platform/records/spending-file.js';
import type { ModelTask, SeenRequest } from './scripted-model.js';

/** A process that was killed. */
export interface Kill {
  readonly at: number;
  /** Calls of the run that were settled by then. */
  readonly settled: number;
}

/** An answer may wait so long in a busy worker before it is on the disk. */
const ON_ITS_WAY_MS = 5_000;

/** How many calls of a run are settled: their answers are on the disk. */
export async function settledCalls(home: string, runId: string): Promise<number> {
  return new Set((await readSpentCalls(home, runId)).map(({ key }) => key)).size;
}

/**
 * Calls that the server saw again although they were settled before any kill, by the names that `nameOf` gives. Which of the answered ones a kill took
 * is not known, but how many: all that had been asked less those that were settled. `requests` are those of one run.
 */
export function settledAndRepeated(
  requests: readonly SeenRequest[],
  kills: readonly Kill[],
  nameOf: (task: ModelTask) => string,
): string[] {
  const seen = new Map<string, SeenRequest>();
  const repeated: SeenRequest[] = [];
  for (const request of requests) {
    const first = seen.get(request.digest);
    if (first === undefined) seen.set(request.digest, request);
    else repeated.push(first);
  }
  const asked = (at: number): number =>
    [...seen.values()].filter(({ startedAt }) => startedAt <= at).length;
  const open = kills.map(({ at, settled }) => ({ at, lost: Math.max(0, asked(at) - settled) }));
  return repeated.flatMap((first) => {
    const taken = open.find(
      ({ at, lost }) =>
        lost > 0 && first.startedAt <= at && (first.answeredAt ?? Infinity) + ON_ITS_WAY_MS >= at,
    );
    if (taken === undefined) return [nameOf(first.task)];
    taken.lost -= 1;
    return [];
  });
}
