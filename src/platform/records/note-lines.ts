import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import { isNotFound } from '../storage/durable-file.js';

const NEWLINE = 10;
/** Lines that are parsed in one go: some milliseconds. */
const AT_ONCE = 200;

/** Adds a line of JSON to a file beside the record of a run; its folder is made with the first one. Not flushed. */
export function appendNote(file: string, note: object): void {
  // the line before may have been cut by a full disk, and would swallow this one; empty lines are none
  const line = `\n${JSON.stringify(note)}\n`;
  try {
    appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, line, { mode: 0o600 });
  }
}

/**
 * The lines of such a file that are whole and hold `part` as it stands in them; those that a crash cut are left out. No other line is
 * parsed, and others get their turn in between: a log may hold those of many that each look for their own.
 */
export async function readNotes<Note>(
  log: Buffer,
  schema: z.ZodType<Note>,
  part = '',
): Promise<Note[]> {
  const notes: Note[] = [];
  let read = 0;
  for (const line of linesWith(log, part)) {
    const note = schema.safeParse(parseOrNull(line)).data;
    if (note !== undefined) notes.push(note);
    read += 1;
    if (read % AT_ONCE === 0) await setImmediate();
  }
  return notes;
}

function* linesWith(log: Buffer, part: string): Generator<string> {
  for (let from = 0; from < log.length;) {
    const hit = part === '' ? from : log.indexOf(part, from);
    if (hit === -1) return;
    const start = Math.max(from, log.lastIndexOf(NEWLINE, hit) + 1);
    const next = log.indexOf(NEWLINE, hit);
    const end = next === -1 ? log.length : next;
    if (end > start) yield log.toString('utf8', start, end);
    from = end + 1;
  }
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
