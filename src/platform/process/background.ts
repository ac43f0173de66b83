import { closeSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { createRedactionStream } from '../../observability/index.js';
import { innerInit } from './containment.js';
import { endHolders, isHeldByWriter } from './lane-enders.js';
import { runProcess, type ProcessRequest, type ProcessResult } from './run-process.js';

/** Output that is kept of one process: its end. Bytes. */
const KEPT_BYTES = 512 * 1024;
/** A process that reads its input takes a text within this time. */
const READ_PATIENCE_MS = 2000;
/** Output of a line that has not ended is shown when nothing came behind it for so long: a question, mostly. */
const QUIET_MS = 200;
/** Processes of one lane that are remembered, running ones first. */
const REMEMBERED = 32;

/** A process that goes on while other things are done in its lane. */
export interface BackgroundStart {
  /** What it belongs to, for example the state folder of a lane. */
  readonly lane: string;
  /** Whose it is, within the lane. */
  readonly scope: string;
  /** One line for people. */
  readonly title: string;
  readonly request: Omit<
    ProcessRequest,
    'signal' | 'onOutput' | 'maxOutputBytes' | 'spill' | 'stdin' | 'onInput' | 'isRaw'
  >;
}

/** A part of its output. */
export interface OutputPart {
  readonly text: string;
  /** Bytes between what was read before and this part that are not kept any more. */
  readonly lostBytes: number;
  /** Bytes that are kept behind this part. */
  readonly leftBytes: number;
  /** The beginning of a line that has not ended; it will come again when it has. */
  readonly openLine: string;
}

/** A process in the background, running or ended. */
export interface BackgroundProcess {
  /** Unique in its lane, for example `bg-1`. */
  readonly id: string;
  readonly scope: string;
  readonly title: string;
  /** How it ended; undefined while it runs. */
  readonly end: BackgroundEnd | undefined;
  readonly runningMs: number;
  readonly totalBytes: number;
  /** Its network namespace, as a path that lives as long as it does; undefined where it has none of its own, and when it has ended. */
  readonly loopback: string | undefined;
  /** What came since the last reading, at most `maxBytes` of it, without secrets. */
  read(maxBytes: number): OutputPart;
  /** Resolves when there is something to read or it has ended, at the latest after `ms`. Throws the signal's reason. */
  waitForNews(ms: number, signal: AbortSignal): Promise<void>;
  /** Writes to its input; `waiting` = it has not read what it was given before. */
  write(text: string): Promise<'taken' | 'waiting' | 'closed'>;
  closeInput(): void;
  /** Ends it with everything that it started: SIGTERM, 2 s, SIGKILL; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** How a process in the background ended; `failure` = it could not be started or watched. */
export type BackgroundEnd =
  | (Pick<ProcessResult, 'outcome' | 'exitCode' | 'killedBy' | 'stoppedBy'> & {
      readonly failure?: undefined;
    })
  | { readonly failure: string };

interface Lane {
  count: number;
  readonly processes: Map<string, Running>;
}

const lanes = new Map<string, Lane>();

/** Starts a process that goes on in the background. It ends with this program, at its time limit, or when it is stopped. */
export function startBackground(start: BackgroundStart): BackgroundProcess {
  const lane = lanes.get(start.lane) ?? { count: 0, processes: new Map<string, Running>() };
  lanes.set(start.lane, lane);
  lane.count += 1;
  const process = new Running(`bg-${lane.count}`, start);
  lane.processes.set(process.id, process);
  forgetOldest(lane);
  return process;
}

/** Those of a lane that are known, the oldest first. */
export function backgroundOf(lane: string): readonly BackgroundProcess[] {
  return [...(lanes.get(lane)?.processes.values() ?? [])];
}

/** True while something runs in the background of a lane and may write to its files. */
export function hasBackground(lane: string): boolean {
  return isHeldByWriter(lane) || backgroundOf(lane).some(({ end }) => end === undefined);
}

/**
 * Ends what runs in the background of a lane, all or that of one scope, and forgets it; resolves when nothing of it is left. What is kept
 * open for the lane ends too: with a scope only where no other agent waits for it.
 */
export async function endBackground(lane: string, scope?: string): Promise<void> {
  await endHolders(lane, scope === undefined ? 'all' : 'idle');
  const known = lanes.get(lane);
  if (known === undefined) return;
  const mine = [...known.processes.values()].filter(
    (process) => scope === undefined || process.scope === scope,
  );
  await Promise.all(mine.map((process) => process.stop()));
  for (const { id } of mine) known.processes.delete(id);
  // The numbers start again only when nobody could still ask for an old one.
  if (scope === undefined && known.processes.size === 0) lanes.delete(lane);
}

function forgetOldest({ processes }: Lane): void {
  for (const [id, { end }] of processes) {
    if (processes.size <= REMEMBERED) return;
    if (end !== undefined) processes.delete(id);
  }
}

class Running implements BackgroundProcess {
  readonly id: string;
  readonly scope: string;
  readonly title: string;
  end: BackgroundEnd | undefined;
  totalBytes = 0;
  private pid: number | undefined;
  /** Descriptor of its network namespace. */
  private namespace: number | undefined;
  private readonly startedAt = performance.now();
  private endedAt: number | undefined;
  private readonly controller = new AbortController();
  private readonly redaction = createRedactionStream();
  private kept = Buffer.alloc(0);
  private lostBytes = 0;
  private heardAt = 0;
  private input: Writable | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly whole: Promise<void>;

  constructor(id: string, { scope, title, request }: BackgroundStart) {
    this.id = id;
    this.scope = scope;
    this.title = title;
    const run = runProcess({
      ...request,
      signal: this.controller.signal,
      // What it prints is kept here, by the piece.
      maxOutputBytes: 1,
      onOutput: (chunk) => {
        this.heardAt = performance.now();
        this.take(this.redaction.push(chunk));
      },
      onInput: (input, pid) => {
        this.input = input;
        this.pid = pid;
      },
    });
    this.whole = run.then(
      (result) => this.settle(result),
      (error: unknown) =>
        this.settle({ failure: error instanceof Error ? error.message : String(error) }),
    );
  }

  get loopback(): string | undefined {
    if (this.end !== undefined) return undefined;
    this.namespace ??= openNetwork(innerInit(this.pid));
    return this.namespace === undefined ? undefined : `/proc/${process.pid}/fd/${this.namespace}`;
  }

  get runningMs(): number {
    return Math.round((this.endedAt ?? performance.now()) - this.startedAt);
  }

  read(maxBytes: number): OutputPart {
    const part = this.kept.subarray(0, wholeCharacters(this.kept, maxBytes));
    const lostBytes = this.lostBytes;
    this.kept = this.kept.subarray(part.length);
    this.lostBytes = 0;
    const isQuiet = this.kept.length === 0 && performance.now() - this.heardAt > QUIET_MS;
    const openLine = isQuiet ? this.redaction.peek().subarray(-maxBytes).toString('utf8') : '';
    return { text: part.toString('utf8'), lostBytes, leftBytes: this.kept.length, openLine };
  }

  async waitForNews(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.kept.length > 0 || this.end !== undefined || ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.listeners.delete(finish);
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const abort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(finish, ms);
      this.listeners.add(finish);
      signal.addEventListener('abort', abort, { once: true });
    });
    signal.throwIfAborted();
  }

  async write(text: string): Promise<'taken' | 'waiting' | 'closed'> {
    const { input } = this;
    if (input?.writable !== true || this.end !== undefined) return 'closed';
    if (input.writableLength > 0) return 'waiting';
    return new Promise((resolve) => {
      // Who reads nothing must not hold up who writes; what was written waits in the pipe.
      const timer = setTimeout(() => resolve('waiting'), READ_PATIENCE_MS);
      input.write(text, (error) => {
        clearTimeout(timer);
        resolve(error === null || error === undefined ? 'taken' : 'closed');
      });
    });
  }

  closeInput(): void {
    this.input?.end();
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await this.whole;
  }

  private take(chunk: Buffer): void {
    this.totalBytes += chunk.length;
    const all = Buffer.concat([this.kept, chunk]);
    const excess = Math.max(0, all.length - KEPT_BYTES);
    this.lostBytes += excess;
    this.kept = excess === 0 ? all : Buffer.from(all.subarray(excess));
    if (chunk.length > 0) this.tell();
  }

  private settle(end: BackgroundEnd): void {
    this.take(this.redaction.end());
    this.endedAt = performance.now();
    if (this.namespace !== undefined) closeSync(this.namespace);
    this.namespace = undefined;
    this.end = end;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function openNetwork(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    return openSync(`/proc/${pid}/ns/net`, 'r');
  } catch {
    // It has just ended, or this system has no such thing.
    return undefined;
  }
}

/** As many bytes, but no half of a character at the end. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let end = limit;
  while (end > limit - 4 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
