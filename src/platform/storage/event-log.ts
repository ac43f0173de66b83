import { mkdir, open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText } from '../../observability/index.js';
import { InfrastructureError, runEventSchema, type RunEvent } from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { isNotFound } from './durable-file.js';

/** A page of events and where the next page begins. */
export interface EventPage {
  readonly events: readonly RunEvent[];
  /** Byte offset after the last whole line read. */
  readonly nextOffset: number;
}

/** Append-only durable events, one NDJSON file a run. */
export interface EventLog {
  /**
   * Appends what the log does not hold yet. Known (source, seq) numbers are dropped, so a retried activity may hand in
   * the same events again. Events are handed to the kernel before this resolves; a killed process loses none.
   */
  append(runId: string, events: readonly RunEvent[]): Promise<void>;
  /** Whole lines from `offset` (bytes); an unknown run is an empty page. */
  read(runId: string, offset: number): Promise<EventPage>;
}

interface OpenLog {
  readonly lastSeq: Map<string, number>;
}

/**
 * An event log in `directory`. One process appends to a run at a time (the host's worker). With an envelope every line is
 * encrypted; lines from before it was on stay readable.
 */
export function createEventLog(directory: string, envelope: Envelope | null = null): EventLog {
  const open = new Map<string, Promise<OpenLog>>();
  const queues = new Map<string, Promise<void>>();
  const path = (runId: string): string => join(directory, `${runId}.ndjson`);

  const appendNow = async (runId: string, events: readonly RunEvent[]): Promise<void> => {
    let state = open.get(runId);
    if (state === undefined) {
      state = openLog(path(runId), createLines(runId, envelope));
      open.set(runId, state);
      state.catch(() => open.delete(runId));
    }
    const { lastSeq } = await state;
    const fresh = events.filter((event) => event.seq > (lastSeq.get(event.source) ?? 0));
    if (fresh.length === 0) return;
    await appendLines(path(runId), await createLines(runId, envelope).write(fresh));
    for (const event of fresh) lastSeq.set(event.source, event.seq);
  };

  return {
    async append(runId, events) {
      if (events.length === 0) return;
      const previous = queues.get(runId) ?? Promise.resolve();
      const next = previous.catch(() => undefined).then(() => appendNow(runId, events));
      queues.set(runId, next);
      await next;
    },
    async read(runId, offset) {
      const page = await readPage(path(runId), offset);
      const events = await createLines(runId, envelope).read(page.text);
      return { events, nextOffset: page.nextOffset };
    },
  };
}

async function openLog(path: string, lines: Lines): Promise<OpenLog> {
  const lastSeq = new Map<string, number>();
  const content = await readOrEmpty(path);
  const whole = content.lastIndexOf('\n') + 1;
  if (whole < content.length) await truncate(path, Buffer.byteLength(content.slice(0, whole)));
  for (const event of await lines.read(content.slice(0, whole))) {
    lastSeq.set(event.source, Math.max(event.seq, lastSeq.get(event.source) ?? 0));
  }
  return { lastSeq };
}

async function appendLines(path: string, text: string): Promise<void> {
  const handle = await openForAppend(path);
  try {
    await handle.appendFile(text);
  } finally {
    await handle.close();
  }
}

async function openForAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await mkdir(join(path, '..'), { recursive: true });
    return open(path, 'a');
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}

async function readPage(
  path: string,
  offset: number,
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
    const buffer = Buffer.alloc(size - offset);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    return {
      text: buffer.subarray(0, whole).toString('utf8'),
      nextOffset: offset + whole,
    };
  } finally {
    await handle.close();
  }
}

/** Events as lines of one run's file. */
interface Lines {
  write(events: readonly RunEvent[]): Promise<string>;
  read(text: string): Promise<RunEvent[]>;
}

/** JSON begins with a brace; a sealed line is base64. */
function createLines(runId: string, envelope: Envelope | null): Lines {
  const context = `event:${runId}`;
  const openLine = async (line: string): Promise<string> => {
    if (line.startsWith('{')) return line;
    if (envelope !== null)
      return (await envelope.open(Buffer.from(line, 'base64'), context)).toString('utf8');
    throw new InfrastructureError('ERR_CODEC_OFF', {
      message: `the events of run ${runId} are encrypted, and [codec] is not set up here`,
      hint: 'set [codec] enabled, transit_mount and key as they were when the run began',
      isRetryable: false,
    });
  };
  return {
    async write(events) {
      const lines = events.map((event) => redactText(JSON.stringify(event)));
      const sealed =
        envelope === null
          ? lines
          : await Promise.all(
              lines.map(async (line) =>
                (await envelope.seal(Buffer.from(line), context)).toString('base64'),
              ),
            );
      return sealed.map((line) => `${line}\n`).join('');
    },
    async read(text) {
      const events: RunEvent[] = [];
      for (const line of text.split('\n')) {
        if (line === '') continue;
        const parsed = runEventSchema.safeParse(JSON.parse(await openLine(line)));
        if (parsed.success) events.push(parsed.data);
      }
      return events;
    },
  };
}
