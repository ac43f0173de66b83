import { setTimeout as delay } from 'node:timers/promises';
import { serviceStatus } from '../../src/host/status.js';
import { isOver } from './ended-run.js';
import type { ScriptedModel } from './scripted-model.js';
import { settledCalls, type Kill } from './settled-calls.js';

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

/** Kills processes of a run with SIGKILL; the moment is the one from which on no request of theirs can arrive any more. */
export async function killHard(
  home: string,
  runId: string,
  killed: { readonly pids: readonly number[]; readonly model: ScriptedModel },
): Promise<Kill> {
  for (const pid of killed.pids) process.kill(pid, 'SIGKILL');
  await killed.model.takeUp();
  return { at: Date.now(), settled: await settledCalls(home, runId) };
}

/**
 * Kills `roles` with SIGKILL again and again while a run is open, each time after a pause of `pause` milliseconds, until it has ended or `most`
 * kills are done; gives the kills.
 */
export async function killWhileOpen(
  home: string,
  runId: string,
  how: {
    readonly roles: readonly string[];
    readonly model: ScriptedModel;
    readonly pause: () => number;
    readonly most: number;
  },
): Promise<Kill[]> {
  const kills: Kill[] = [];
  while (kills.length < how.most) {
    await delay(how.pause());
    if (await isOver(home, runId)) break;
    const pids = await runningPids(home, how.roles);
    kills.push(await killHard(home, runId, { pids, model: how.model }));
  }
  return kills;
}
