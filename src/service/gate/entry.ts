import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { INNER_PORTS, LISTENER_FD, REPORT_FD, type GateConfig } from './gate-config.js';
import { LOOPBACK_UP } from '../../host/light/index.js';

const HOST = '127.0.0.1';
/** Clients of one home are a handful; what is more is no client of ours. */
const MAX_CONNECTIONS = 512;
const HANDSHAKE_MS = 10_000;
/** So long an orphan waits for a supervisor that takes it over; the worker starts one within a second. */
const ORPHAN_MS = 15_000;
/** A server that does not end is killed, so that the database has one server only. */
const KILL_MS = 10_000;

/**
 * The gate before the embedded Temporal server: `entry.js CONFIG`, inside a network namespace. Whoever shows the home's
 * certificate is let through to the server; its web interface is reached by a Unix socket that only the user can open. The
 * server ends with the gate, and the gate with its supervisor unless another one takes over.
 */
function main(): void {
  const config = JSON.parse(process.argv[2] ?? '{}') as GateConfig;
  report();
  if (config.isolation === 'unshare')
    spawnSync('sh', ['-c', LOOPBACK_UP], { env: { PATH: config.searchPath } });
  const server = startServer(config);
  const stop = stopper(server);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  server.once('error', () => process.exit(1));
  server.once('exit', (code) => process.exit(code ?? 1));
  listenForClients(config);
  listenForUi(config);
  awaitSupervisor(config, stop);
}

/** Tells the supervisor which process this is: a program that makes a namespace may stand between. */
function report(): void {
  try {
    writeSync(REPORT_FD, `${process.pid}\n`);
    closeSync(REPORT_FD);
  } catch {
    // started by hand
  }
}

/** The kernel ends the server with the gate, however that dies, where there is a program to ask for it. */
function startServer(config: GateConfig): ChildProcess {
  const { server, ui } = INNER_PORTS;
  const args = [...config.args, '--port', String(server), '--ui-port', String(ui)];
  const folders = config.searchPath.split(':').filter((folder) => folder !== '');
  const setpriv = folders.map((folder) => join(folder, 'setpriv')).find((path) => existsSync(path));
  const command =
    setpriv === undefined
      ? [config.program, ...args]
      : [setpriv, '--pdeathsig', 'KILL', '--', config.program, ...args];
  const [program = '', ...rest] = command;
  return spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
}

function stopper(server: ChildProcess): () => void {
  return () => {
    server.kill('SIGTERM');
    setTimeout(() => server.kill('SIGKILL'), KILL_MS).unref();
  };
}

function listenForClients({ files }: GateConfig): void {
  const gate = createTlsServer(
    {
      key: readFileSync(files.serverKey),
      cert: readFileSync(files.serverCertificate),
      ca: readFileSync(files.authority),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_MS,
      noDelay: true,
    },
    (client) =>
      joinSockets(client, connect({ port: INNER_PORTS.server, host: HOST, noDelay: true })),
  );
  gate.maxConnections = MAX_CONNECTIONS;
  gate.on('tlsClientError', (_error, socket) => socket.destroy());
  gate.on('error', () => process.exit(1));
  gate.listen({ fd: LISTENER_FD });
}

function listenForUi({ files }: GateConfig): void {
  const server = createServer((client) =>
    joinSockets(client, connect({ port: INNER_PORTS.ui, host: HOST, noDelay: true })),
  );
  server.maxConnections = MAX_CONNECTIONS;
  listenPrivately(server, files.uiSocket);
}

/** Copies bytes both ways until one side ends. */
function joinSockets(left: Socket, right: Socket): void {
  left.pipe(right).pipe(left);
  for (const [own, other] of [
    [left, right],
    [right, left],
  ] as const) {
    own.on('error', () => other.destroy());
    own.on('close', () => other.destroy());
  }
}

/** A supervisor holds a connection; without one for a while nobody would ever stop this server. */
function awaitSupervisor({ files }: GateConfig, stop: () => void): void {
  let holders = 0;
  let patience: NodeJS.Timeout | undefined;
  const wait = (): void => {
    patience = setTimeout(stop, ORPHAN_MS);
  };
  const server = createServer((socket) => {
    holders += 1;
    clearTimeout(patience);
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      holders -= 1;
      if (holders === 0) wait();
    });
  });
  listenPrivately(server, files.holdSocket);
  wait();
}

function listenPrivately(server: Server, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // the one before us is gone: its namespace ended with it
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  server.listen(path, () => chmodSync(path, 0o600));
  process.umask(mask);
}

main();
