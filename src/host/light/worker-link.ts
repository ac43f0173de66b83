import { connect, type Socket } from 'node:net';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { onMessages, sendMessage } from './control-messages.js';
import { lockHolder } from './lock.js';
import { serviceFiles } from './service-files.js';
import { spawnSupervisor } from './spawn.js';
import type { ServiceFailure } from './state.js';

const RETRY_MS = 200;
/** A failure waits so long for the link to its supervisor. */
const CONNECT_WAIT_MS = 3000;
const CONNECT_POLL_MS = 20;
/** A supervisor that hands over is followed by another one that a command starts. */
const HANDOVER_WAIT_MS = 10_000;

/** Options of {@link linkToSupervisor}. */
export interface SupervisorLinkOptions {
  readonly home: string;
  /** Called when the home is gone: nobody will ever need this worker again. */
  readonly onAbandoned: () => void;
  readonly log: (message: string) => void;
}

/** The worker's side of the supervisor's socket. */
export interface SupervisorLink {
  ready(apiPort: number | null, clusterId: string | null): void;
  /** Resolves when the message is on its way. */
  failed(failure: ServiceFailure): Promise<void>;
  /** Ends the link; the supervisor is not missed any more. */
  close(): void;
}

/**
 * Connects the worker with its supervisor for life: when the supervisor dies, the worker starts another one, which
 * adopts the living processes. The supervisor's lock keeps two workers' replacements apart.
 */
export function linkToSupervisor(options: SupervisorLinkOptions): SupervisorLink {
  return new Link(options);
}

class Link implements SupervisorLink {
  readonly #options: SupervisorLinkOptions;
  readonly #files: ReturnType<typeof serviceFiles>;
  #socket: Socket | null = null;
  #ready: { apiPort: number | null; clusterId: string | null } | null = null;
  #isClosed = false;
  #spareUntil = 0;

  constructor(options: SupervisorLinkOptions) {
    this.#options = options;
    this.#files = serviceFiles(options.home);
    this.#connect();
  }

  ready(apiPort: number | null, clusterId: string | null): void {
    this.#ready = { apiPort, clusterId };
    if (this.#socket !== null)
      sendMessage(this.#socket, { type: 'ready', pid: process.pid, ...this.#ready });
  }

  async failed(failure: ServiceFailure): Promise<void> {
    const socket = this.#socket ?? (await this.#whenConnected());
    if (socket === null) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.write(`${JSON.stringify({ type: 'failed', failure })}\n`, () => resolve());
    });
  }

  /** A worker that cannot start may know it before its link is up: the reason must not get lost. */
  async #whenConnected(): Promise<Socket | null> {
    const deadline = Date.now() + CONNECT_WAIT_MS;
    while (this.#socket === null && Date.now() < deadline) await delay(CONNECT_POLL_MS);
    return this.#socket;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = connect(this.#files.socket);
    socket.once('connect', () => {
      this.#socket = socket;
      sendMessage(socket, { type: 'hello', pid: process.pid });
      if (this.#ready !== null)
        sendMessage(socket, { type: 'ready', pid: process.pid, ...this.#ready });
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#onClose());
    onMessages(socket, (message) => {
      if (message.type === 'handover') this.#spareUntil = Date.now() + HANDOVER_WAIT_MS;
    });
  }

  #onClose(): void {
    this.#socket = null;
    if (this.#isClosed) return;
    if (!existsSync(this.#files.launch)) return this.#options.onAbandoned();
    if (Date.now() > this.#spareUntil && lockHolder(this.#files.lock) === null) {
      this.#options.log('the supervisor is gone: starting another one');
      // time for it to take the lock and listen before it counts as missing again
      this.#spareUntil = Date.now() + 3000;
      spawnSupervisor(this.#options.home);
    }
    setTimeout(() => this.#connect(), RETRY_MS).unref();
  }
}
