import type { ModelTask, SeenRequest } from './scripted-model.js';

/** A process that was killed. */
export interface Kill {
  readonly at: number;
}

/** Calls that the server saw again although their first answer had been given well before any kill, by the names that `nameOf` gives. */
export function settledAndRepeated(
  requests: readonly SeenRequest[],
  kills: readonly Kill[],
  nameOf: (task: ModelTask) => string,
): string[] {
  const seen = new Map<string, SeenRequest>();
  return requests.flatMap((request) => {
    const first = seen.get(request.digest);
    seen.set(request.digest, first ?? request);
    if (first === undefined) return [];
    // Answered within 250 ms before a kill may not have arrived or not have reached the disk.
    const wasInFlight = kills.some(
      ({ at }) => first.startedAt <= at && (first.answeredAt ?? Infinity) + 250 >= at,
    );
    return wasInFlight ? [] : [nameOf(first.task)];
  });
}
