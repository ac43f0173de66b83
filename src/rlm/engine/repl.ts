import { Worker } from 'node:worker_threads';
import { InvariantError } from '../../domain/index.js';
import type { ReplOrder, ReplReply, ReplStart } from './repl-messages.js';
import type { AskedSpan, VerifiedSpan } from './spans.js';
import type { CellStep, QuestionEnd } from './repl-vm.js';

/** What a step came to: it went on, or its thread had to be killed. */
export type ReplOutcome =
  | { readonly kind: 'step'; readonly step: CellStep }
  /** It held up its thread, or used more memory than a thread has. What it changed is gone. */
  | { readonly kind: 'killed'; readonly reason: string };

/** Options of {@link Repl}. */
export interface ReplOptions extends ReplStart {
  /** Longest time without an answer, in milliseconds. Default 30 s: fuel ends a loop of the language far earlier. */
  readonly limitMs?: number;
  /** The thread's file; tests name the compiled one. */
  readonly thread?: URL;
}

const LIMIT_MS = 30_000;
/** Blocks, a table that is read as a whole, and results on their way; the engine's own memory is bounded by itself. */
const HEAP_MB = 384;
/** Small, so that the text of one block is not kept while the next ones are read. */
const YOUNG_MB = 4;

/** One REPL in a thread of its own. Steps come one after the other. */
export class Repl {
  private readonly thread: Worker;
  private readonly limitMs: number;
  private isOver = false;
  /** Questions that its cell was told to wait for. */
  private told: readonly number[] = [];
  /** Longer while it is made again: what once took its time takes more on a machine that is busy. */
  private patience = 1;

  constructor(options: ReplOptions) {
    const { manifest, bytes, settings, limitMs = LIMIT_MS, thread } = options;
    this.limitMs = limitMs;
    const start: ReplStart = { manifest, bytes, settings };
    this.thread = new Worker(thread ?? new URL('./repl-thread.js', import.meta.url), {
      workerData: start,
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

  /** Runs a cell. */
  run(code: string, signal?: AbortSignal): Promise<ReplOutcome> {
    return this.step({ kind: 'run', code }, signal);
  }

  /** Gives a cell the ends of its questions. Rejects, before it runs on, where one has none: it would wait for it for ever. */
  async settle(ends: readonly QuestionEnd[], signal?: AbortSignal): Promise<ReplOutcome> {
    const given = new Set(ends.map(({ id }) => id));
    const missing = this.told.filter((id) => !given.has(id)).length;
    if (missing > 0) throw defect(`${missing} of ${this.told.length} questions have no end`);
    return this.step({ kind: 'settle', ends }, signal);
  }

  /** Looks for quotations in the input; null for each that is not there. */
  async verify(
    spans: readonly AskedSpan[],
    signal?: AbortSignal,
  ): Promise<readonly VerifiedSpan[]> {
    const reply = await this.ask({ kind: 'verify', spans }, signal);
    return reply.kind === 'spans' ? reply.spans : spans.map(() => null);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.thread.terminate();
  }

  private async step(order: ReplOrder, signal?: AbortSignal): Promise<ReplOutcome> {
    const reply = await this.ask(order, signal);
    if (reply.kind === 'killed') await this.close();
    if (reply.kind === 'step') this.told = reply.step.questions.map(({ id }) => id);
    if (reply.kind === 'killed' || reply.kind === 'step') return reply;
    throw defect(reply.kind === 'failed' ? reply.message : reply.kind);
  }

  private ask(order: ReplOrder, signal?: AbortSignal): Promise<ReplReply> {
    const { thread } = this;
    const limitMs = this.limitMs * this.patience;
    return new Promise((resolve, reject) => {
      const kill = (reason: string): void => {
        done();
        void this.close();
        resolve({ kind: 'killed', reason });
      };
      const timer = setTimeout(() => kill(`it gave no answer for ${limitMs / 1000} s`), limitMs);
      const onMessage = (reply: ReplReply): void => {
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

function defect(what: string): InvariantError {
  return new InvariantError('ERR_RLM_ENGINE', {
    message: `the REPL failed: ${what}`,
    hint: 'this is a defect, or the stored input cannot be read: look at the blob store with codetether doctor',
  });
}
