import { Context } from '@temporalio/activity';
import { redact } from '../../observability/index.js';

/** Beats of a running activity. */
export interface Heartbeat {
  /** Replaces the details that go with the beats; sends at once when start and last beat are a second ago. */
  progress(details: Readonly<Record<string, unknown>>): void;
  /** Stops the timer; call always. */
  stop(): void;
}

const BEAT_INTERVAL_MS = 5000;
const PROGRESS_INTERVAL_MS = 1000;

/**
 * Beats every 5 s and on progress, but not in the first second: each beat is a write of the server, and what has ended by then tells its
 * result. Heartbeats also carry cancellation to the activity. Local activities cannot send
 * any, there it does nothing. Activity only.
 */
export function startHeartbeat(): Heartbeat {
  const context = Context.current();
  if (context.info.isLocal) return { progress: () => undefined, stop: () => undefined };
  let details: Readonly<Record<string, unknown>> | undefined;
  let beatAt = Date.now();
  const beat = (): void => {
    beatAt = Date.now();
    context.heartbeat(redact(details ?? {}));
  };
  const timer = setInterval(beat, BEAT_INTERVAL_MS);
  const first = setTimeout(() => {
    if (details !== undefined) beat();
  }, PROGRESS_INTERVAL_MS);
  return {
    progress(next) {
      details = next;
      if (Date.now() - beatAt >= PROGRESS_INTERVAL_MS) beat();
    },
    stop() {
      clearInterval(timer);
      clearTimeout(first);
    },
  };
}
