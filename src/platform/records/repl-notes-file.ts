import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replNoteSchema, type ReplNote } from '../../domain/index.js';
import { readBoundedBytes } from '../light/bounded-file.js';
import { isNotFound, syncDirectory } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';
import { appendNote, readNotes } from './note-lines.js';
import { SharedFlush } from './shared-flush.js';

/** Some hundred thousand notes, far beyond those of any question. */
const LARGEST_LOG = 128 * 1024 * 1024;

/**
 * Notes how far a REPL of a run has come, one line each; resolves when it is on disk. A question that is still open goes on without it; it is for
 * those that are asked again after an end, which may be that of the machine.
 */
export function replNoter(home: string): (runId: string, note: ReplNote) => Promise<void> {
  const flushes = new SharedFlush();
  return async (runId, note) => {
    const file = replNotesFile(home, runId);
    const isFirst = !existsSync(file);
    appendNote(file, note);
    await flushes.of(file);
    if (isFirst) await syncDirectory(dirname(file));
  };
}

/**
 * The notes of a run, or of one REPL in it, oldest first; lines that a crash cut are left out. Rejects where there are some that cannot be
 * read.
 */
export async function readReplNotes(
  home: string,
  runId: string,
  place?: string,
): Promise<ReplNote[]> {
  let log: Buffer;
  try {
    log = await readBoundedBytes(replNotesFile(home, runId), LARGEST_LOG);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
  // as it is written
  const part = place === undefined ? '' : `"place":${JSON.stringify(place)}`;
  return readNotes(log, replNoteSchema, part);
}

/** Where they are. */
export function replNotesFile(home: string, runId: string): string {
  return join(homePaths(home).runs, runId, 'repl.ndjson');
}
