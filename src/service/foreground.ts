import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { serviceStatus, stopService, serviceFiles } from '../host/index.js';

/** How often a foreground process looks after the service, and how long a handover may leave nobody there. */
const LOOK_MS = 1000;
const GONE_LOOKS = 15;

/**
 * Stays while the service of `home` runs. An abort drains and stops it. Gives `stopped` when it was stopped in order, by the
 * abort or by `codetether down`, and `lost` when its processes are gone without that.
 */
export async function stayWithService(
  home: string,
  stop: AbortSignal,
): Promise<'stopped' | 'lost'> {
  let looksWithoutService = 0;
  while (!stop.aborted) {
    const { phase, processes } = serviceStatus(home);
    // an orderly stop removes the state file; after a crash it is still there
    if (phase === 'stopped' && processes.length === 0) looksWithoutService += 1;
    else looksWithoutService = 0;
    if (phase === 'failed' || looksWithoutService >= GONE_LOOKS) return 'lost';
    if (looksWithoutService >= 2 && !existsSync(serviceFiles(home).state)) return 'stopped';
    await delay(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  await stopService(home);
  return 'stopped';
}
