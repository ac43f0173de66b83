import { networkInterfaces } from 'node:os';
import { isLocalAddress, isPrivateAddress, plainAddress } from '../network/private-address.js';
import { lookup } from 'node:dns/promises';
import { chmod, chown } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { BlockList, connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EgressTraffic, SetupNetwork } from '../../domain/index.js';
import { judgeDestination, parseAuthority, type Destination } from './allow-list.js';
import { connectThrough, type UpstreamProxy } from './upstream-proxy.js';

const IDLE_MS = 120_000;
const CONNECT_MS = 30_000;
/** Package managers open dozens of connections; more than this is no installation. */
const MAX_CONNECTIONS = 256;
/** Hosts remembered a command; what comes then is refused or passed on, and not listed. */
const MAX_HOSTS = 200;

/** What a proxy serves. */
export interface EgressOptions {
  /** Absolute path of the socket; its folder exists. */
  readonly socket: string;
  readonly network: Pick<SetupNetwork, 'allow' | 'allowPrivate'>;
  /** User id that may connect; null = the engine's own. */
  readonly uid: number | null;
  /** The proxy that this host itself needs; null = none. */
  readonly upstream: UpstreamProxy | null;
  /** Addresses of a name. Default: the system's. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Whether an address may not be connected to. Default: {@link isRefusedAddress}. */
  readonly isRefused?: (address: string, mayBePrivate: boolean) => boolean;
}

/** A running proxy. */
export interface EgressProxy {
  /** What went through it and what it refused, by host and port; hosts in order of their first request. */
  traffic(): EgressTraffic[];
  close(): Promise<void>;
}

/**
 * Starts the proxy of one set-up command on a Unix socket; it has no port. It answers CONNECT alone, to listed names
 * whose every address is allowed, and connects to the address that it checked.
 */
export async function startEgressProxy(options: EgressOptions): Promise<EgressProxy> {
  const log = createTrafficLog();
  const server = createServer((_request, response) => {
    response.writeHead(403, { connection: 'close' }).end('only CONNECT\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  const open = new Set<Duplex>();
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    serve(options, log, { request, client, head }).catch(() => client.destroy());
  });
  await listen(server, options);
  return {
    traffic: () => log.list(),
    close: () =>
      new Promise((resolve) => {
        for (const client of open) client.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, { socket, uid }: EgressOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
  if (uid !== null) await chown(socket, uid, uid);
}

interface ConnectRequest {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

async function serve(
  options: EgressOptions,
  log: TrafficLog,
  { request, client, head }: ConnectRequest,
): Promise<void> {
  const destination = parseAuthority(request.url ?? '');
  if (destination === undefined) return refuse(client, 'bad-authority');
  const answer = await admit(options, destination);
  const entry = log.entry(destination);
  if ('reason' in answer) {
    entry.refusals += 1;
    entry.reason = answer.reason;
    return refuse(client, answer.reason);
  }
  const up = await answer.connect();
  if (up === undefined || client.destroyed) {
    entry.failures += 1;
    up?.destroy();
    client.end('HTTP/1.1 502 not-reached\r\nConnection: close\r\n\r\n');
    return;
  }
  entry.connections += 1;
  client.write('HTTP/1.1 200 OK\r\n\r\n');
  if (head.length > 0) up.write(head);
  up.setTimeout(IDLE_MS, () => up.destroy());
  up.on('error', () => client.destroy());
  up.once('close', () => {
    entry.sentBytes += up.bytesWritten;
    entry.receivedBytes += up.bytesRead;
    client.destroy();
  });
  client.once('close', () => up.destroy());
  client.pipe(up).pipe(client);
}

function refuse(client: Duplex, reason: string): void {
  client.end(`HTTP/1.1 403 ${reason}\r\nConnection: close\r\n\r\n`);
}

type Admission =
  | { readonly reason: NonNullable<EgressTraffic['reason']> }
  | { readonly connect: () => Promise<Socket | undefined> };

async function admit(options: EgressOptions, destination: Destination): Promise<Admission> {
  const { host, port } = destination;
  const verdict = judgeDestination(options.network, destination);
  if (verdict === 'refused') return { reason: 'not-allowed' };
  const isRefused = options.isRefused ?? isRefusedAddress;
  const mayBePrivate = verdict === 'private';
  const { upstream } = options;
  if (upstream !== null && isIP(host) === 0)
    return { connect: () => connectThrough(upstream, destination) };
  const addresses = await addressesOf(options, host);
  const [first] = addresses;
  if (first === undefined) return { reason: 'no-address' };
  // One refused answer refuses the name: else a name with two answers would be a lottery.
  if (addresses.some((address) => isRefused(address, mayBePrivate)))
    return { reason: 'private-address' };
  return { connect: () => connectTo(first, port) };
}

async function addressesOf({ resolve }: EgressOptions, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    if (resolve !== undefined) return await resolve(host);
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/** Connects to a checked address, never to a name: that could be another one by now. */
function connectTo(address: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.setTimeout(CONNECT_MS, () => socket.destroy());
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.on('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
}

type MutableTraffic = { -readonly [Key in keyof EgressTraffic]: EgressTraffic[Key] };

interface TrafficLog {
  entry(destination: Destination): MutableTraffic;
  list(): EgressTraffic[];
}

function createTrafficLog(): TrafficLog {
  const entries = new Map<string, MutableTraffic>();
  return {
    entry({ host, port }) {
      const key = `${host}:${port}`;
      const known = entries.get(key);
      if (known !== undefined) return known;
      const made: MutableTraffic = {
        host,
        port,
        connections: 0,
        failures: 0,
        refusals: 0,
        reason: null,
        sentBytes: 0,
        receivedBytes: 0,
      };
      if (entries.size < MAX_HOSTS) entries.set(key, made);
      return made;
    },
    list: () => [...entries.values()].map((entry) => ({ ...entry })),
  };
}

/**
 * True when set-up commands may not be connected to an address: what is no address, special networks, and every address
 * of this machine, looked up now. `mayBePrivate` leaves loopback, link-local and this machine refused.
 */
export function isRefusedAddress(address: string, mayBePrivate = false): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  if (family === 0) return true;
  const isListed = mayBePrivate ? isLocalAddress(plain) : isPrivateAddress(plain);
  return isListed || ownAddresses().check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function ownAddresses(): BlockList {
  const own = new BlockList();
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? [])
      own.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return own;
}
