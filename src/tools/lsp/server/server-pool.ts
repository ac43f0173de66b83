import { statSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { InfrastructureError } from '../../../domain/index.js';
import type { ToolWorkspace } from '../../tool.js';
import { createServerFinder, type ServerFinder } from './find-server.js';
import type { Language } from './language-table.js';
import { ServerFault } from './server-fault.js';
import type { ServerSession } from './server-session.js';
import type { ServerStart, ServerSurroundings } from './start-server.js';

/** How servers are kept. Times in milliseconds. */
export interface PoolOptions extends ServerSurroundings {
  /** A server that nobody asked for so long is stopped. Default: ten minutes. */
  readonly idleMs?: number;
  /** Running at once in this worker; the one that was not used for the longest time goes. Default: 4. */
  readonly maxServers?: number;
  /** One that did not start is not tried again for so long. Default: one minute. */
  readonly retryMs?: number;
  readonly find?: ServerFinder;
  readonly start?: (start: ServerStart) => Promise<ServerSession>;
}

/** A server, or words for a model about why there is none. */
export type PoolAnswer =
  | { readonly kind: 'server'; readonly session: ServerSession }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

/** The servers of this worker, one for each language of each workspace. */
export interface ServerPool {
  /** The server, which is started when it is not there. Never rejects for what a server does. */
  get(workspace: ToolWorkspace, language: Language): Promise<PoolAnswer>;
  /** True when a program for it is installed and did not just fail. */
  isPresent(workspace: ToolWorkspace, language: Language): Promise<boolean>;
  /** Ends all of them. */
  stopAll(): Promise<void>;
}

const IDLE_MS = 10 * 60_000;
const RETRY_MS = 60_000;
const MAX_SERVERS = 4;
const MAX_REMEMBERED = 500;

interface Entry {
  readonly session: Promise<ServerSession>;
  running: ServerSession | undefined;
  timer: NodeJS.Timeout | undefined;
}

interface Failure {
  readonly reason: string;
  readonly at: number;
}

/** A pool without servers. */
export function createServerPool(options: PoolOptions): ServerPool {
  return new Pool(options);
}

class Pool implements ServerPool {
  private readonly options: PoolOptions & Required<Omit<PoolOptions, 'memoryBytes'>>;
  private readonly entries = new Map<string, Entry>();
  private readonly failures = new LRUCache<string, Failure>({ max: MAX_REMEMBERED });
  private readonly crashes = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(options: PoolOptions) {
    this.options = {
      idleMs: IDLE_MS,
      maxServers: MAX_SERVERS,
      retryMs: RETRY_MS,
      start: startWhenNeeded,
      find: options.find ?? createServerFinder(),
      ...options,
    };
  }

  async get(workspace: ToolWorkspace, language: Language): Promise<PoolAnswer> {
    const key = keyOf(workspace, language);
    const failure = this.recentFailure(key);
    if (failure !== undefined) return { kind: 'broken', reason: failure.reason };
    const found = await this.options.find(workspace, language);
    if (found === undefined) return { kind: 'absent' };
    const known = this.entries.get(key);
    const death = known?.running?.death;
    if (known !== undefined && death !== undefined) {
      this.stop(key, known);
      const reason = this.crashed(key, death);
      if (reason !== undefined) return { kind: 'broken', reason };
    }
    const start = { surroundings: this.options, workspace, language, found };
    const entry = this.use(key, this.entries.get(key) ?? this.begin(key, start));
    try {
      return { kind: 'server', session: await entry.session };
    } catch (error) {
      const reason = failureWords(error);
      this.failures.set(key, { reason, at: performance.now() });
      return { kind: 'broken', reason };
    }
  }

  async isPresent(workspace: ToolWorkspace, language: Language): Promise<boolean> {
    if (this.recentFailure(keyOf(workspace, language)) !== undefined) return false;
    return (await this.options.find(workspace, language)) !== undefined;
  }

  async stopAll(): Promise<void> {
    const all = [...this.entries];
    for (const [key, entry] of all) this.stop(key, entry);
    await Promise.allSettled(all.map(async ([, { session }]) => (await session).stop()));
  }

  private stop(key: string, entry: Entry): void {
    clearTimeout(entry.timer);
    if (this.entries.get(key) === entry) this.entries.delete(key);
    entry.session.then((session) => session.stop()).catch(() => undefined);
  }

  /** Puts it at the end of those that were used, and stops the first ones that are too many. */
  private use(key: string, entry: Entry): Entry {
    const { idleMs, maxServers } = this.options;
    this.entries.delete(key);
    this.entries.set(key, entry);
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.stop(key, entry), idleMs);
    entry.timer.unref();
    for (const [other, oldest] of this.entries) {
      if (this.entries.size <= maxServers) break;
      this.stop(other, oldest);
    }
    return entry;
  }

  private recentFailure(key: string): Failure | undefined {
    const failure = this.failures.get(key);
    if (failure === undefined || performance.now() - failure.at < this.options.retryMs)
      return failure;
    this.failures.delete(key);
    return undefined;
  }

  /** One that ended is started again at once; one that does so again soon is left alone for a while. */
  private crashed(key: string, reason: string): string | undefined {
    const now = performance.now();
    const isFirst = now - (this.crashes.get(key) ?? -Infinity) > this.options.retryMs;
    this.crashes.set(key, now);
    if (isFirst) return undefined;
    this.failures.set(key, { reason, at: now });
    return reason;
  }

  private begin(key: string, start: ServerStart): Entry {
    const session = this.options.start(start);
    const entry: Entry = { session, running: undefined, timer: undefined };
    session.then(
      (running) => {
        entry.running = running;
      },
      () => this.stop(key, entry),
    );
    return entry;
  }
}

/** The client of the protocol is loaded with the first server: most workers never start one. */
async function startWhenNeeded(start: ServerStart): Promise<ServerSession> {
  const { startServer } = await import('./start-server.js');
  return startServer(start);
}

/** A lane that was made anew at the same place is another one. */
function keyOf({ root, state }: ToolWorkspace, { name }: Language): string {
  const facts = statSync(root, { throwIfNoEntry: false });
  // A new folder may have the number of the old one.
  return `${state}\0${facts?.ino ?? 0}\0${facts?.birthtimeMs ?? 0}\0${name}`;
}

/** What a program does is a result; what the sandbox cannot do is one as well: the call has another way. */
function failureWords(error: unknown): string {
  if (error instanceof ServerFault || error instanceof InfrastructureError) return error.message;
  throw error;
}
