import { mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { createRedactionStream } from '../../observability/index.js';
import { homePaths } from '../storage/home.js';

/**
 * What models say at this moment, for those who look on: a lossy channel beside the event log (design.md section 7). The worker writes only
 * while somebody listens, which is while the file exists; what is lost is in the answer. Encrypted homes have none: it would lie there as it is.
 */
const NAME = 'deltas.ndjson';
/** A file that has grown to this is begun anew with the next call. */
const LARGEST_FILE = 256 * 1024;
/** Characters of one answer that are passed on. */
const LONGEST_ANSWER = 512 * 1024;

/** One line of the channel: a call began (whatever was told of an earlier try of it is void), or it said something. */
export const deltaSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begin'), story: z.string(), call: z.string() }),
  z.object({ kind: z.literal('text'), story: z.string(), call: z.string(), text: z.string() }),
]);

/** See {@link deltaSchema}. */
export type Delta = z.infer<typeof deltaSchema>;

/** What one model call passes on. */
export interface DeltaSender {
  /** Takes text in; it is passed on line by line, without keys. Never throws and never waits. */
  say(text: string): void;
  /** Passes on what was kept back; resolves when all is written, or cannot be. */
  end(): Promise<void>;
}

/** Which call says something. */
export interface DeltaPlace {
  readonly runId: string;
  readonly story: string;
  /** Step key of the call: the same for each try of it. */
  readonly call: string;
}

/** A sender for one call; undefined where nobody listens. Never throws. */
export async function openDeltas(
  home: string,
  { runId, story, call }: DeltaPlace,
): Promise<DeltaSender | undefined> {
  const path = deltaFile(home, runId);
  try {
    if ((await stat(path)).size > LARGEST_FILE) await truncate(path);
  } catch {
    return undefined;
  }
  const redaction = createRedactionStream();
  let room = LONGEST_ANSWER;
  let written = Promise.resolve();
  const write = (delta: Delta): void => {
    written = written.then(() => append(path, delta)).catch(() => undefined);
  };
  const pass = (bytes: Buffer): void => {
    const text = bytes.toString('utf8').slice(0, room);
    room -= text.length;
    if (text !== '') write({ kind: 'text', story, call, text });
  };
  write({ kind: 'begin', story, call });
  return {
    say(text) {
      if (room > 0) pass(redaction.push(Buffer.from(text)));
    },
    end() {
      pass(redaction.end());
      return written;
    },
  };
}

/** Only into a file that is there: who listens no longer has taken it away. */
async function append(path: string, delta: Delta): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    await file.write(`${JSON.stringify(delta)}\n`, size);
  } finally {
    await file.close();
  }
}

/** Somebody who listens to a run. */
export interface DeltaListener {
  /** What was said since the last look. Never throws: a channel that is gone says nothing. */
  read(): Promise<Delta[]>;
  /** Listens no longer. */
  close(): Promise<void>;
}

/** Begins to listen to a run; others may listen too. */
export async function listenToDeltas(home: string, runId: string): Promise<DeltaListener> {
  const path = deltaFile(home, runId);
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, 'a')).close();
  let offset = (await stat(path)).size;
  return {
    async read() {
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      // it was begun anew
      if (bytes.length < offset) offset = 0;
      const end = bytes.lastIndexOf('\n') + 1;
      if (end <= offset) return [];
      const lines = bytes.subarray(offset, end).toString('utf8').split('\n');
      offset = end;
      return lines.flatMap(parsed);
    },
    close: () => rm(path, { force: true }),
  };
}

function parsed(line: string): Delta[] {
  if (line === '') return [];
  try {
    const found = deltaSchema.safeParse(JSON.parse(line));
    return found.success ? [found.data] : [];
  } catch {
    return [];
  }
}

function deltaFile(home: string, runId: string): string {
  return join(homePaths(home).runs, runId, NAME);
}
