import { join } from 'node:path';
import { spentCallSchema, type SpentCall } from '../../domain/index.js';
import { readBoundedBytes } from '../light/bounded-file.js';
import { homePaths } from '../storage/home.js';
import { appendNote, readNotes } from './note-lines.js';

/** Far beyond the calls of any run. */
const LARGEST_LOG = 64 * 1024 * 1024;

/**
 * Notes a paid call of a run, one line each. Not fsynced: the reply itself is durable, and a call that is settled again after a
 * crash is noted again.
 */
export function noteSpentCall(home: string, runId: string, call: SpentCall): void {
  appendNote(fileOf(home, runId), call);
}

/**
 * The paid calls of a run in order, or those of one workflow in it with those below it; lines that a crash cut are left out, and a log that
 * nobody can read is empty.
 */
export async function readSpentCalls(
  home: string,
  runId: string,
  workflowId?: string,
): Promise<SpentCall[]> {
  let log: Buffer;
  try {
    log = await readBoundedBytes(fileOf(home, runId), LARGEST_LOG);
  } catch {
    return [];
  }
  // as a key that begins so is written
  const part =
    workflowId === undefined ? '' : `"key":${JSON.stringify(`${workflowId}/`).slice(0, -1)}`;
  return readNotes(log, spentCallSchema, part);
}

function fileOf(home: string, runId: string): string {
  return join(homePaths(home).runs, runId, 'spending.ndjson');
}
