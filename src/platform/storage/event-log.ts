import { appendFileSync, closeSync, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { isNotFound } from './durable-file.js';
import { createLineFormat, type LineFormat } from './event-lines.js';
import { createKeyedQueue } from '../process/keyed-queue.js';
import { namingPath } from './storage-fault.js';

/** A page of events and where the next page begins. */
export interface EventPage {
  readonly events: readonly RunEvent[];
  /** Byte offset after the last whole line read. */
  readonly nextOffset: number;
  /** Lines of the page that are no events; they are left out. */
  readonly skipped: number;
}

/** Append-only durable events, one NDJSON file a run. */
export interface EventLog {
  /**
   * Appends what the log does not hold yet. Known (source, seq) numbers are dropped, so a retried activity may hand in
   * the same events again. Events are handed to the kernel before this resolves; a killed process loses none. What a full
   * disk let through of a failed append is taken back. Throws `ERR_DISK_FULL` with the path.
   */
  append(runId: string, events: readonly RunEvent[]): Promise<void>;
  /** Whole lines from `offset` (bytes), at least one and else at most `mostBytes` of them; an unknown run is an empty page. */
  read(runId: string, offset: number, mostBytes?: number): Promise<EventPage>;
}

const LINE_FEED = 0x0a;

interface OpenLog {
  readonly lastSeq: Map<string, number>;
}

/**
 * An event log in `directory`. One process appends to a run at a time (the host's worker). With an envelope every line is
 * encrypted; lines from before it was on stay readable.
 */
export function createEventLog(directory: string, envelope: Envelope | null = null): EventLog {
  const open = new Map<string, Promise<OpenLog>>();
  const queue = createKeyedQueue();
  const path = (runId: string): string => join(directory, `${runId}.ndjson`);

  const appendNow = async (runId: string, events: readonly RunEvent[]): Promise<void> => {
    let state = open.get(runId);
    if (state === undefined) {
      state = openLog(path(runId), createLineFormat(runId, envelope));
      open.set(runId, state);
      state.catch(() => open.delete(runId));
    }
    const { lastSeq } = await state;
    // one event may be handed in twice at once, by its own workflow and by the one that brings its last ones
    const ahead = new Map<string, number>();
    const fresh = events.filter(({ source, seq }) => {
      const isFresh = seq > (ahead.get(source) ?? lastSeq.get(source) ?? 0);
      if (isFresh) ahead.set(source, seq);
      return isFresh;
    });
    if (fresh.length === 0) return;
    const lines = await createLineFormat(runId, envelope).write(fresh);
    try {
      appendLines(path(runId), lines);
    } catch (error) {
      // Opened anew before the next append: what is torn is repaired then.
      open.delete(runId);
      throw error;
    }
    for (const [source, seq] of ahead) lastSeq.set(source, seq);
  };

  return {
    async append(runId, events) {
      if (events.length > 0) await queue(runId, () => appendNow(runId, events));
    },
    async read(runId, offset, mostBytes) {
      const page = await readPage(path(runId), offset, mostBytes);
      const lines = await createLineFormat(runId, envelope).read(page.text);
      return { ...lines, nextOffset: page.nextOffset };
    },
  };
}

async function openLog(path: string, lines: LineFormat): Promise<OpenLog> {
  const lastSeq = new Map<string, number>();
  const content = await readOrEmpty(path);
  const whole = content.lastIndexOf(LINE_FEED) + 1;
  if (whole < content.length) await truncate(path, whole);
  const { events } = await lines.read(content.toString('utf8', 0, whole));
  for (const event of events) {
    lastSeq.set(event.source, Math.max(event.seq, lastSeq.get(event.source) ?? 0));
  }
  return { lastSeq };
}

/** On this thread: it is handed to the kernel, not to the disk, and four calls as promises cost ten times as much. */
function appendLines(path: string, text: string): void {
  const descriptor = openForAppend(path);
  try {
    const { size } = fstatSync(descriptor);
    try {
      appendFileSync(descriptor, text);
    } catch (error) {
      // Half a line would swallow the first event that is written behind it.
      takeBack(descriptor, size);
      throw namingPath(error, path);
    }
  } finally {
    closeSync(descriptor);
  }
}

function takeBack(descriptor: number, size: number): void {
  try {
    ftruncateSync(descriptor, size);
  } catch {
    // The torn line is repaired when the log is opened again.
  }
}

function openForAppend(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    mkdirSync(join(path, '..'), { recursive: true });
    return openSync(path, 'a');
  }
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isNotFound(error)) return Buffer.alloc(0);
    throw error;
  }
}

async function readPage(
  path: string,
  offset: number,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<{ text: string; nextOffset: number }> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (isNotFound(error)) return { text: '', nextOffset: offset };
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size <= offset) return { text: '', nextOffset: offset };
    const rest = size - offset;
    // a line that is longer than a page is read whole
    for (let most = mostBytes; ; most *= 2) {
      const buffer = Buffer.alloc(Math.min(rest, most));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      const whole = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED) + 1;
      if (whole === 0 && most < rest) continue;
      return { text: buffer.subarray(0, whole).toString('utf8'), nextOffset: offset + whole };
    }
  } finally {
    await handle.close();
  }
}
