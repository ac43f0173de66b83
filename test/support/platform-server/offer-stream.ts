import type { ServerResponse } from 'node:http';

interface Listener {
  readonly worker: string;
  readonly response: ServerResponse;
  readonly hasSequence: boolean;
}

/** The streams of a platform: offers without a number that are never sent again, and numbered events that are, as far back as they are kept. */
export class OfferStream {
  /** Changes when the platform starts again. */
  epoch = 'e1';
  /** Number of the newest numbered event. */
  head = 0;
  /** Numbered events that are kept. */
  window = 8;
  onGone: (worker: string) => void = () => undefined;
  /** What a worker sent as Last-Event-ID, connection by connection. */
  readonly resumed: (string | undefined)[] = [];
  #listeners: Listener[] = [];

  open(
    response: ServerResponse,
    who: {
      readonly worker: string;
      readonly lastEventId: string | undefined;
      readonly hasSequence: boolean;
    },
  ): void {
    const listener = { worker: who.worker, response, hasSequence: who.hasSequence };
    this.#listeners.push(listener);
    this.resumed.push(who.lastEventId);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.on('close', () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
      if (!this.has(who.worker)) this.onGone(who.worker);
    });
    this.write(
      `event: connected\ndata: ${JSON.stringify({ event: 'connected', worker_id: who.worker })}\n\n`,
      listener,
    );
    if (who.hasSequence && who.lastEventId !== undefined) this.#resume(who.lastEventId, listener);
  }

  #resume(lastEventId: string, listener: Listener): void {
    const [epoch, number] = lastEventId.split('.');
    const reason =
      epoch !== this.epoch
        ? 'epoch_mismatch'
        : Number(number) < this.head - this.window
          ? 'window_exceeded'
          : undefined;
    if (reason === undefined) return;
    const data = JSON.stringify({ reason, head_seq: this.head, epoch: this.epoch });
    this.write(`event: resync-required\ndata: ${data}\n\n`, listener);
  }

  has(worker: string): boolean {
    return this.#listeners.some((listener) => listener.worker === worker);
  }

  get size(): number {
    return this.#listeners.length;
  }

  offer(task: unknown): void {
    this.write(`event: task_available\ndata: ${JSON.stringify(task)}\n\n`);
  }

  /** A numbered event, as newer platforms send for progress. */
  progress(): void {
    this.head += 1;
    this.write(`event: progress\nid: ${this.epoch}.${this.head}\ndata: {"n":${this.head}}\n\n`);
  }

  /** Any bytes, to one listener or to all. */
  write(text: string, only?: Listener): void {
    for (const listener of only === undefined ? this.#listeners : [only])
      listener.response.write(text);
  }

  /** Ends the connections behind what was written. */
  endAll(): void {
    for (const { response } of this.#listeners) response.end();
  }

  closeAll(): void {
    for (const { response } of this.#listeners) response.destroy();
  }
}
