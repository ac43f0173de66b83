import { join } from 'node:path';
import type { McpServer } from '../../domain/index.js';
import { holdForLane } from '../../platform/index.js';
import type { ToolWorkspace } from '../tool.js';
import { messageParser, openConnection, type Channel, type McpConnection } from './connection.js';
import { McpServerError } from './failure.js';
import { createHttpTransport } from './http-transport.js';
import { createOAuthProvider } from './oauth-provider.js';
import { prepareProgram } from './server-program.js';
import type { McpServices } from './services.js';
import { StdioTransport } from './stdio-transport.js';
import { listTools, type ToolListing } from './tool-list.js';

/** Who asks, and for which files. */
export interface PoolRequest {
  readonly server: McpServer;
  readonly workspace: ToolWorkspace;
  readonly signal: AbortSignal;
}

/** The connections of one worker: opened when they are needed, shared, closed when nobody asked for a while. */
export interface ServerPool {
  /** An open connection, for the files of the workspace where the server is given any. Throws McpServerError and what Vault throws. */
  connect(request: PoolRequest): Promise<McpConnection>;
  /** The tools of a server, as it listed them within the time for which that holds. */
  list(request: PoolRequest): Promise<ToolListing>;
  /** Closes everything; for tests and commands that end. */
  close(): Promise<void>;
}

const IDLE_MS = 10 * 60_000;
/** Programs that run at once; whoever was asked longest ago gives way. */
const MOST_OPEN = 24;
/** Lists that are known at once: one for each server, and for each folder where it is given files. */
const MOST_LISTS = 64;
const LONGEST_LIST_MS = 30_000;

interface Entry {
  readonly opening: Promise<McpConnection>;
  connection: McpConnection | undefined;
  usedAt: number;
  timer: NodeJS.Timeout | undefined;
  /** Takes it off the list of what ends with its lane. */
  readonly leave: () => void;
}

interface KnownList {
  readonly listing: ToolListing;
  readonly until: number;
}

/** A pool over the servers of the configuration. */
export function createServerPool(services: McpServices): ServerPool {
  const pool = new Pool(services);
  return {
    connect: (request) => pool.connect(request),
    list: (request) => pool.list(request),
    close: () => pool.close(),
  };
}

class Pool {
  private readonly services: McpServices;
  private readonly open = new Map<string, Entry>();
  private readonly lists = new Map<string, KnownList>();
  private readonly asking = new Map<string, Promise<ToolListing>>();
  private readonly legacy = new Set<string>();
  private readonly now: () => number;

  constructor(services: McpServices) {
    this.services = services;
    this.now = services.now ?? Date.now;
  }

  async connect(request: PoolRequest): Promise<McpConnection> {
    const key = keyOf(request);
    const known = this.open.get(key);
    const isDead = known?.connection?.isOpen === false;
    const entry = known === undefined || isDead ? this.start(key, request) : known;
    const connection = await settled(entry.opening, request.signal);
    this.touch(key, entry);
    return connection;
  }

  async list(request: PoolRequest): Promise<ToolListing> {
    const key = keyOf(request);
    const known = this.lists.get(key);
    if (known !== undefined && known.until > this.now()) return known.listing;
    // Agents that look for tools at the same time ask once.
    const asked = this.asking.get(key) ?? this.ask(key, request);
    return settled(asked, request.signal);
  }

  private ask(key: string, { server, workspace }: PoolRequest): Promise<ToolListing> {
    const { signal } = new AbortController();
    const asked = (async () => {
      const connection = await this.connect({ server, workspace, signal });
      const listing = await listWithin(connection, server);
      this.keepList(key, listing);
      return listing;
    })();
    this.asking.set(key, asked);
    const forget = (): void => void this.asking.delete(key);
    asked.then(forget, forget);
    return asked;
  }

  private keepList(key: string, listing: ToolListing): void {
    const now = this.now();
    for (const [other, { until }] of this.lists)
      if (until <= now || this.lists.size >= MOST_LISTS) this.lists.delete(other);
    this.lists.set(key, { listing, until: now + listing.ttlMs });
  }

  async close(): Promise<void> {
    const all = [...this.open.keys()];
    await Promise.all(all.map((key) => this.drop(key)));
  }

  /** Begins to open one, in the place of one that is dead. */
  private start(key: string, { server, workspace }: PoolRequest): Entry {
    const dead = this.open.get(key);
    clearTimeout(dead?.timer);
    dead?.leave();
    // Others may wait for the same opening: it does not end with the one who was first.
    const opening = (async () => {
      await dead?.connection?.close();
      await this.makeRoom(key);
      return this.openOne(key, server, workspace);
    })();
    const leave = this.holdFor(key, server, workspace);
    const entry: Entry = {
      opening,
      connection: undefined,
      usedAt: this.now(),
      timer: undefined,
      leave,
    };
    this.open.set(key, entry);
    opening.then(
      (connection) => {
        entry.connection = connection;
      },
      () => {
        leave();
        if (this.open.get(key) === entry) this.open.delete(key);
      },
    );
    return entry;
  }

  /** A program that was given files of a lane ends with what runs there: the next one to work in it must find nobody at its files. */
  private holdFor(key: string, { transport }: McpServer, workspace: ToolWorkspace): () => void {
    if (transport.kind === 'http' || filesFor(transport.folder, workspace) === undefined)
      return () => undefined;
    return holdForLane(workspace.state, {
      mayWrite: transport.folder === 'write',
      isBusy: () => (this.open.get(key)?.connection?.pending ?? 0) > 0,
      end: () => this.drop(key),
    });
  }

  private async openOne(
    key: string,
    server: McpServer,
    workspace: ToolWorkspace,
  ): Promise<McpConnection> {
    const connection = await openConnection({
      server,
      isKnownLegacy: this.legacy.has(server.name),
      signal: new AbortController().signal,
      createChannel: () => this.createChannel(server, workspace),
    });
    if (connection.isLegacy) this.legacy.add(server.name);
    connection.onToolsChanged(() => this.lists.delete(key));
    return connection;
  }

  private async createChannel(server: McpServer, workspace: ToolWorkspace): Promise<Channel> {
    const { name, transport } = server;
    const { services } = this;
    if (transport.kind === 'http') {
      const secret = transport.auth === 'vault' ? await services.readSecret(name) : undefined;
      const store = transport.auth === 'oauth' ? services.oauthStore?.(name) : undefined;
      const authProvider = store === undefined ? undefined : await createOAuthProvider(name, store);
      const { fetch } = services;
      const channel = await createHttpTransport(transport, { fetch, secret, authProvider });
      return { kind: 'http', transport: channel };
    }
    const secret = transport.tokenEnv === null ? undefined : await services.readSecret(name);
    const program = await prepareProgram(services, {
      name,
      server: transport,
      files: filesFor(transport.folder, workspace),
      token: secret?.token,
    });
    return { kind: 'stdio', transport: new StdioTransport(program, await messageParser()) };
  }

  private touch(key: string, entry: Entry): void {
    entry.usedAt = this.now();
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      if ((entry.connection?.pending ?? 0) > 0) this.touch(key, entry);
      else if (this.open.get(key) === entry) void this.drop(key);
    }, this.services.idleMs ?? IDLE_MS);
    entry.timer.unref();
  }

  private async makeRoom(forKey: string): Promise<void> {
    if (this.open.size <= MOST_OPEN) return;
    const [oldest] = [...this.open]
      .filter(([key, { connection }]) => key !== forKey && connection?.pending === 0)
      .toSorted(([, left], [, right]) => left.usedAt - right.usedAt);
    if (oldest !== undefined) return this.drop(oldest[0]);
    throw new McpServerError(
      forKey.split('\0')[0] ?? '',
      `has to wait: ${MOST_OPEN} servers are at work`,
    );
  }

  private async drop(key: string): Promise<void> {
    const entry = this.open.get(key);
    if (entry === undefined) return;
    this.open.delete(key);
    clearTimeout(entry.timer);
    entry.leave();
    const connection = await entry.opening.catch(() => undefined);
    await connection?.close();
  }
}

/** All pages of a list together take no longer than one answer may. */
async function listWithin(connection: McpConnection, server: McpServer): Promise<ToolListing> {
  const limit = Math.min(server.timeoutMs, LONGEST_LIST_MS);
  const signal = AbortSignal.timeout(limit);
  try {
    return await listTools(connection, server, { signal });
  } catch (error) {
    if (!signal.aborted || error instanceof McpServerError) throw error;
    if (server.transport.kind === 'stdio') await connection.close();
    throw new McpServerError(server.name, `gave no answer within ${limit / 1000} s`, error);
  }
}

/** A view shows a folder of the person, of which not everything is for tools: a program would see all of it. */
function filesFor(
  folder: 'none' | 'read' | 'write',
  workspace: ToolWorkspace,
): ToolWorkspace | undefined {
  return folder === 'none' || workspace.isView === true ? undefined : workspace;
}

/** A server that is given files of an agent is one for these files; any other one serves everybody. */
function keyOf({ server, workspace }: PoolRequest): string {
  const { name, transport } = server;
  const isShared = transport.kind === 'http' || filesFor(transport.folder, workspace) === undefined;
  return isShared ? name : `${name}\0${join(workspace.root, workspace.workdir)}`;
}

/** What another one may have begun: it goes on when this one leaves. */
async function settled<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
