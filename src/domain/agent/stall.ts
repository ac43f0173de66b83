import { z } from 'zod';

/** One executed tool call, as the stall guard sees it. */
export interface StallObservation {
  /** Digest of tool and arguments. */
  readonly call: string;
  /** Digest of the result text. */
  readonly result: string;
  /** Facts that count as progress when they are new. */
  readonly progress: readonly string[];
}

/** State of the stall guard; small, because it travels through continue-as-new. */
export const stallStateSchema = z.object({
  /** Fingerprints of the latest calls with results, newest last. */
  recent: z.array(z.string()),
  /** Progress facts seen so far, newest last. */
  known: z.array(z.string()),
  turnsWithoutProgress: z.number().int().nonnegative(),
  /** How often the model was told that it goes in circles. */
  notes: z.number().int().nonnegative(),
});

/** See {@link stallStateSchema}. */
export type StallState = z.infer<typeof stallStateSchema>;

/** The guard at the start of an agent. */
export const INITIAL_STALL_STATE: StallState = {
  recent: [],
  known: [],
  turnsWithoutProgress: 0,
  notes: 0,
};

/** Same call with the same result so often in a row is a stall (design.md section 3). */
const REPEAT_LIMIT = 3;
/** Longest cycle of calls that is looked for. */
const CYCLE_LENGTH_LIMIT = 4;
/** Turns without anything new before the guard speaks. */
const IDLE_TURN_LIMIT = 8;
const KNOWN_LIMIT = 400;

/** What the guard says about a turn: nothing, a note for the model, or the reason to stop. */
export type StallVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'stop'; readonly reason: string };

/**
 * Takes in one turn's calls. The first stall gives a note, the next one without progress in between a stop.
 * Pure and workflow-safe.
 */
export function observeTurn(
  state: StallState,
  turn: readonly StallObservation[],
): { readonly state: StallState; readonly verdict: StallVerdict } {
  const known = new Set(state.known);
  const fresh = turn.flatMap((call) => call.progress).filter((fact) => !known.has(fact));
  const recent = [...state.recent, ...turn.map((call) => `${call.call}:${call.result}`)].slice(
    -REPEAT_LIMIT * CYCLE_LENGTH_LIMIT,
  );
  const turnsWithoutProgress = fresh.length > 0 ? 0 : state.turnsWithoutProgress + 1;
  const next: StallState = {
    recent,
    known: [...state.known, ...new Set(fresh)].slice(-KNOWN_LIMIT),
    turnsWithoutProgress,
    notes: fresh.length > 0 ? 0 : state.notes,
  };
  const reason = stallReason(recent, turnsWithoutProgress);
  if (reason === undefined) return { state: next, verdict: { kind: 'ok' } };
  if (next.notes > 0) return { state: next, verdict: { kind: 'stop', reason } };
  return {
    state: { ...next, recent: [], turnsWithoutProgress: 0, notes: 1 },
    verdict: {
      kind: 'note',
      text: `Note from the engine: ${reason}. Try something different: re-read the failing output, change the approach, or call story_done with status "blocked" and say what is missing.`,
    },
  };
}

function stallReason(recent: readonly string[], turnsWithoutProgress: number): string | undefined {
  const cycle = cycleLength(recent);
  if (cycle === 1) return `the same tool call gave the same result ${REPEAT_LIMIT} times in a row`;
  if (cycle !== undefined)
    return `the last calls repeat in a cycle of ${cycle} with the same results`;
  if (turnsWithoutProgress >= IDLE_TURN_LIMIT) {
    return `${turnsWithoutProgress} turns brought no new file version, read or test result`;
  }
  return undefined;
}

function cycleLength(recent: readonly string[]): number | undefined {
  for (let length = 1; length <= CYCLE_LENGTH_LIMIT; length += 1) {
    const span = length * REPEAT_LIMIT;
    if (recent.length < span) return undefined;
    const tail = recent.slice(-span);
    if (tail.every((value, index) => value === tail[index % length])) return length;
  }
  return undefined;
}
