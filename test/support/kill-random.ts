import { setTimeout as delay } from 'node:timers/promises';
import { serviceStatus } from '../../src/host/status.js';

/** Repeatable random numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Pids of the processes of `roles`, once every one of them is there: the last kill may be only just behind us. */
export async function runningPids(home: string, roles: readonly string[]): Promise<number[]> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const pids = serviceStatus(home)
      .processes.filter((process) => roles.includes(process.role))
      .map((process) => process.pid);
    if (pids.length === roles.length) return pids;
    await delay(20);
  }
  throw new Error(`${roles.join(' and ')} did not come back within 30 s`);
}
