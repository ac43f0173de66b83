import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { receiveSecretsByInput, scrubEnvironment } from '../../config/light/index.js';
import { closeInheritedDescriptors } from '../../platform/light/index.js';
import {
  onMessages,
  sendMessage,
  acquireLock,
  serviceFiles,
  type ServiceFiles,
  readLaunch,
} from '../../host/light/index.js';
import { watchHome } from './home-watch.js';
import { Supervisor } from './supervisor.js';

/** The supervisor process: `entry.js --home FOLDER`. Leaves at once when another supervisor holds the home. */
async function main(): Promise<void> {
  closeInheritedDescriptors();
  receiveSecretsByInput();
  scrubEnvironment();
  const home = process.argv[process.argv.indexOf('--home') + 1];
  if (home === undefined) return end(2, 'usage: --home FOLDER');
  const files = serviceFiles(home);
  const attempt = acquireLock(files.lock);
  if ('holder' in attempt) return end(0, `pid ${attempt.holder.pid} supervises ${home} already`);
  const launch = readLaunch(files.launch);
  if (launch === null) {
    attempt.lock.release();
    return end(2, `nothing to start: ${files.launch} is missing`);
  }
  const supervisor = new Supervisor({ home, files, launch, log });
  const control = await listen(files, supervisor);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => supervisor.requestStop());
  }
  log(`supervising ${home}`);
  const watch = watchHome(files.lock, () => supervisor.homeIsGone());
  const outcome = await supervisor.run();
  clearInterval(watch);
  // A worker that stays must not take this departure for a crash.
  for (const socket of control.sockets) sendMessage(socket, { type: 'handover' });
  rmSync(files.socket, { force: true });
  attempt.lock.release();
  for (const socket of control.sockets) socket.end();
  end(outcome === 'failed' ? 1 : 0, outcome);
}

interface Control {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

async function listen(files: ServiceFiles, supervisor: Supervisor): Promise<Control> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    onMessages(socket, (message) => supervisor.receive(message));
  });
  mkdirSync(dirname(files.socket), { recursive: true, mode: 0o700 });
  // We hold the lock, so whoever left this socket is gone.
  rmSync(files.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(files.socket, resolve);
  });
  chmodSync(files.socket, 0o600);
  return { server, sockets };
}

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} supervisor ${process.pid}: ${message}\n`);
}

function end(code: number, message: string): void {
  log(message);
  process.exitCode = code;
  // Sockets may still flush; nothing else holds the process.
  setTimeout(() => process.exit(code), 200).unref();
}

main().catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
