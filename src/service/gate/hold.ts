import { connect, type Socket } from 'node:net';

const RETRY_MS = 250;

/** A supervisor's hold on a gate: as long as it stands, the gate knows that it is wanted. */
export class GateHold {
  readonly #path: string;
  #socket: Socket | null = null;
  #isWanted = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes hold, again whenever the gate was started anew. */
  take(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#connect();
  }

  /** Lets go; the gate ends after a while unless another supervisor takes hold. */
  release(): void {
    this.#isWanted = false;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #connect(): void {
    if (!this.#isWanted) return;
    const socket = connect(this.#path);
    this.#socket = socket;
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => setTimeout(() => this.#connect(), RETRY_MS).unref());
  }
}
