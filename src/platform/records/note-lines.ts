import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { isNotFound } from '../storage/durable-file.js';

/** Adds a line of JSON to a file beside the record of a run; its folder is made with the first one. Not fsynced. */
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

/** The lines of such a file that are whole; those that a crash cut are left out. Pure. */
export function readNotes<Note>(text: string, schema: z.ZodType<Note>): Note[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const note = schema.safeParse(parseOrNull(line)).data;
    return note === undefined ? [] : [note];
  });
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
