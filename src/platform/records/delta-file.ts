import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createRedactionStream } from '../../observability/index.js';
import { homePaths } from '../storage/home.js';

/**
 * What models say at this moment, for those who look on: a lossy channel beside the event log (design.md section 7). The worker writes only
 * while somebody listens: each listener has a lease, a file of its own that it touches with each look. Who dies leaves a lease that grows
 * old, and the writer takes it away; with the last lease goes what was said. What is lost is in the answer. Encrypted homes have none: it
 * would lie there as it is.
 */
const NAME = 'deltas.ndjson';
const LEASE = /^deltas-[0-9a-f-]{36}\.lease$/;
/** A lease that was not touched for so long is that of nobody. */
const LEASE_MS = 10_000;
/** How often a writer looks whether somebody still listens. */
const LOOK_MS = 1000;
/** A file that would grow beyond this is begun anew. */
const LARGEST_FILE = 256 * 1024;
/** Characters of one line; six bytes at most each, as JSON. */
const LONGEST_LINE = 16 * 1024;
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
  const folder = runFolder(home, runId);
  const path = join(folder, NAME);
  if (!(await isHeard(folder))) return undefined;
  const redaction = createRedactionStream();
  let room = LONGEST_ANSWER;
  let lookedAt = Date.now();
  let written = Promise.resolve();
  const append = async (delta: Delta): Promise<void> => {
    if (Date.now() - lookedAt >= LOOK_MS) {
      lookedAt = Date.now();
      if (!(await isHeard(folder))) return;
    }
    await appendLine(path, `${JSON.stringify(delta)}\n`);
  };
  const write = (delta: Delta): void => {
    written = written.then(() => append(delta)).catch(() => undefined);
  };
  const pass = (bytes: Buffer): void => {
    const text = bytes.toString('utf8').slice(0, room);
    room -= text.length;
    for (let from = 0; from < text.length; from += LONGEST_LINE)
      write({ kind: 'text', story, call, text: text.slice(from, from + LONGEST_LINE) });
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

/** Whether somebody listens. Takes away what those left who listen no longer. Never throws. */
async function isHeard(folder: string): Promise<boolean> {
  try {
    const names = await readdir(folder);
    const leases = names.filter((name) => LEASE.test(name));
    const fresh = await Promise.all(leases.map((name) => isFresh(join(folder, name))));
    if (fresh.includes(true)) return true;
    if (names.includes(NAME)) await rm(join(folder, NAME), { force: true });
  } catch {
    // a folder that is not there, or cannot be read: nobody hears
  }
  return false;
}

async function isFresh(lease: string): Promise<boolean> {
  try {
    // a clock that was set back makes it fresh for as long as it was
    if (Math.abs(Date.now() - (await stat(lease)).mtimeMs) < LEASE_MS) return true;
    await rm(lease, { force: true });
  } catch {
    // it was given back meanwhile
  }
  return false;
}

/** Only into a file that is there: who listens no longer has taken it away. Lines of several calls never lie over each other. */
async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    const { size } = await file.stat();
    if (size + Buffer.byteLength(line) > LARGEST_FILE) await file.truncate();
    await file.write(line);
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

/** Begins to listen to a run; others may listen too, and go on when this one leaves. */
export async function listenToDeltas(home: string, runId: string): Promise<DeltaListener> {
  const folder = runFolder(home, runId);
  const path = join(folder, NAME);
  const lease = join(folder, `deltas-${randomUUID()}.lease`);
  await mkdir(folder, { recursive: true });
  await hold(path, lease);
  let heldAt = Date.now();
  let offset = (await stat(path)).size;
  return {
    async read() {
      if (Date.now() - heldAt >= LOOK_MS) {
        heldAt = Date.now();
        await hold(path, lease).catch(() => undefined);
      }
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      // it was begun anew
      if (bytes.length < offset) offset = 0;
      const end = bytes.lastIndexOf('\n') + 1;
      if (end <= offset) return [];
      const lines = bytes.subarray(offset, end).toString('utf8').split('\n');
      offset = end;
      return lines.flatMap(parsed);
    },
    async close() {
      await rm(lease, { force: true });
      await isHeard(folder);
    },
  };
}

/** Touches a lease; a listener that slept makes it, and what was said, anew. */
async function hold(path: string, lease: string): Promise<void> {
  for (const file of [lease, path]) await (await open(file, 'a')).close();
  const now = new Date();
  await utimes(lease, now, now);
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

function runFolder(home: string, runId: string): string {
  return join(homePaths(home).runs, runId);
}
