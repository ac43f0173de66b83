import { setTimeout as delay } from 'node:timers/promises';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { isEnded } from '../../src/domain/run/run.js';
import { localRunRecords } from '../../src/runs/local-ports.js';

const GIVE_UP_MS = 240_000;

/** True once the record of a run says that it has ended. */
export async function isOver(home: string, runId: string): Promise<boolean> {
  return isEnded((await localRunRecords(home).read(runId))?.status ?? 'running');
}

/** The record of a run, once it has ended; rejects when that takes minutes. */
export async function endedRun(home: string, runId: string): Promise<RunRecord> {
  const records = localRunRecords(home);
  const deadline = Date.now() + GIVE_UP_MS;
  while (Date.now() < deadline) {
    const found = await records.read(runId);
    if (found !== undefined && isEnded(found.status)) return found;
    await delay(50);
  }
  throw new Error(`run ${runId} did not end: ${JSON.stringify(await records.read(runId))}`);
}
