import { uptime } from 'node:os';

/** The three clocks of a machine in milliseconds; only their differences mean something. */
export interface Clocks {
  /** What people read; can be set. */
  readonly wall: number;
  /** Runs while the machine is awake. */
  readonly awake: number;
  /** Runs while it sleeps, too. */
  readonly boot: number;
}

/** Something that happened to time between two looks. */
export type ClockEvent =
  /** The machine slept. */
  | { readonly kind: 'slept'; readonly gapMs: number }
  /** This process stood still while the machine was awake: stopped, or starved of CPU. */
  | { readonly kind: 'stopped'; readonly gapMs: number }
  /** The clock that people read was set, forward (positive) or back. */
  | { readonly kind: 'clock-set'; readonly byMs: number };

/** Between two looks. */
export const LOOK_MS = 1000;
/** Less is a busy machine. */
const NOTABLE_MS = 5000;

/** What happened between two looks that should be {@link LOOK_MS} apart. */
export function compareClocks(before: Clocks, after: Clocks): ClockEvent[] {
  const wallMs = after.wall - before.wall;
  const awakeMs = after.awake - before.awake;
  // where the system has no such clock, the awake one is the best that is known
  const bootMs = Math.max(after.boot - before.boot, awakeMs);
  const events: ClockEvent[] = [];
  if (bootMs - awakeMs > NOTABLE_MS) events.push({ kind: 'slept', gapMs: bootMs - awakeMs });
  else if (awakeMs - LOOK_MS > NOTABLE_MS)
    events.push({ kind: 'stopped', gapMs: awakeMs - LOOK_MS });
  if (Math.abs(wallMs - bootMs) > NOTABLE_MS)
    events.push({ kind: 'clock-set', byMs: Math.round(wallMs - bootMs) });
  return events;
}

/** Looks at the clocks once a second and tells what happened to them; gives the function that ends it. */
export function watchClocks(
  tell: (event: ClockEvent) => void,
  read: () => Clocks = readClocks,
): () => void {
  let before = read();
  const timer = setInterval(() => {
    const after = read();
    for (const event of compareClocks(before, after)) tell(event);
    before = after;
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function readClocks(): Clocks {
  return { wall: Date.now(), awake: performance.now(), boot: uptime() * 1000 };
}
