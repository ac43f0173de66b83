import { Worker } from 'node:worker_threads';

/** A thread held up its time, used more memory than it may, or ended. */
export interface KilledThread {
  readonly kind: 'killed';
  readonly reason: string;
}

/** How a thread is started. */
export interface ThreadStart {
  readonly file: URL;
  readonly data: unknown;
  /** Longest time without an answer, in milliseconds. */
  readonly limitMs: number;
}

/** Blocks, a table that is read as a whole, and results on their way; the engine's own memory is bounded by itself. */
const HEAP_MB = 384;
/** Small, so that the text of one block is not kept while the next ones are read. */
const YOUNG_MB = 4;

/** A thread that answers one order after the other, and is killed when it does not: whatever code runs in it, it holds up nobody else. */
export class KillableThread<Order, Reply> {
  private readonly thread: Worker;
  private readonly limitMs: number;
  private isOver = false;
  /** Longer while state is made again: what once took its time takes more on a machine that is busy. */
  private patience = 1;

  constructor({ file, data, limitMs }: ThreadStart) {
    this.limitMs = limitMs;
    this.thread = new Worker(file, {
      workerData: data,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.thread.unref();
  }

  /** True once its thread has ended. */
  get isClosed(): boolean {
    return this.isOver;
  }

  /** Steps may take `times` as long from now on. */
  setPatience(times: number): void {
    this.patience = times;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.thread.terminate();
  }

  /** Gives an order. One that is not answered in time ends the thread; so does an abort, which rejects with its reason. */
  ask(order: Order, signal?: AbortSignal): Promise<Reply | KilledThread> {
    const { thread } = this;
    const limitMs = this.limitMs * this.patience;
    return new Promise((resolve, reject) => {
      const kill = (reason: string): void => {
        done();
        void this.close();
        resolve({ kind: 'killed', reason });
      };
      const timer = setTimeout(() => kill(`it gave no answer for ${limitMs / 1000} s`), limitMs);
      const onMessage = (reply: Reply): void => {
        done();
        resolve(reply);
      };
      const onError = (error: Error): void => kill(error.message);
      const onExit = (): void => kill('its thread ended');
      const onAbort = (): void => {
        done();
        void this.close();
        reject(signal?.reason as Error);
      };
      const done = (): void => {
        clearTimeout(timer);
        thread.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
      };
      thread.once('message', onMessage).once('error', onError).once('exit', onExit);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      else thread.postMessage(order);
    });
  }
}
