import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spentCallSchema, type SpentCall } from '../../domain/index.js';
import { readBounded } from '../light/bounded-file.js';
import { isNotFound } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';

/** Far beyond the calls of any run. */
const LARGEST_LOG = 64 * 1024 * 1024;

/**
 * Notes a paid call of a run, one line each. Not fsynced: the reply itself is durable, and a call that is settled again after a
 * crash is noted again.
 */
export function noteSpentCall(home: string, runId: string, call: SpentCall): void {
  const file = fileOf(home, runId);
  const line = `${JSON.stringify(call)}\n`;
  try {
    appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, line, { mode: 0o600 });
  }
}

/** The paid calls of a run in order; lines that a crash cut are left out, and a log that nobody can read is empty. */
export async function readSpentCalls(home: string, runId: string): Promise<SpentCall[]> {
  let text: string;
  try {
    text = await readBounded(fileOf(home, runId), LARGEST_LOG);
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const call = spentCallSchema.safeParse(parseOrNull(line)).data;
    return call === undefined ? [] : [call];
  });
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function fileOf(home: string, runId: string): string {
  return join(homePaths(home).runs, runId, 'spending.ndjson');
}
