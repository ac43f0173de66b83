import { InvariantError } from '../../domain/index.js';
import { KillableThread, type KilledThread } from './killable-thread.js';
import type { ReplOrder, ReplReply, ReplStart } from './repl-messages.js';
import type { AskedSpan, VerifiedSpan } from './spans.js';
import type { CellStep, QuestionEnd } from './repl-vm.js';

/** What a step came to: it went on, or its thread had to be killed. */
export type ReplOutcome =
  | { readonly kind: 'step'; readonly step: CellStep }
  /** What it changed is gone. */
  | KilledThread;

/** Options of {@link Repl}. */
export interface ReplOptions extends ReplStart {
  /** Longest time without an answer, in milliseconds. Default 30 s: fuel ends a loop of the language far earlier. */
  readonly limitMs?: number;
  /** The thread's file; tests name the compiled one. */
  readonly thread?: URL;
}

const LIMIT_MS = 30_000;
/** One REPL in a thread of its own. Steps come one after the other. */
export class Repl {
  private readonly thread: KillableThread<ReplOrder, ReplReply>;
  /** Questions that its cell was told to wait for. */
  private told: readonly number[] = [];

  constructor(options: ReplOptions) {
    const { manifest, bytes, settings, limitMs = LIMIT_MS, thread } = options;
    const data: ReplStart = { manifest, bytes, settings };
    const file = thread ?? new URL('./repl-thread.js', import.meta.url);
    this.thread = new KillableThread({ file, data, limitMs });
  }

  /** True once its thread has ended. */
  get isClosed(): boolean {
    return this.thread.isClosed;
  }

  /** Steps may take `times` as long from now on. */
  setPatience(times: number): void {
    this.thread.setPatience(times);
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
    const reply = await this.thread.ask({ kind: 'verify', spans }, signal);
    return reply.kind === 'spans' ? reply.spans : spans.map(() => null);
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.thread.close();
  }

  private async step(order: ReplOrder, signal?: AbortSignal): Promise<ReplOutcome> {
    const reply = await this.thread.ask(order, signal);
    if (reply.kind === 'killed') await this.close();
    if (reply.kind === 'step') this.told = reply.step.questions.map(({ id }) => id);
    if (reply.kind === 'killed' || reply.kind === 'step') return reply;
    throw defect(reply.kind === 'failed' ? reply.message : reply.kind);
  }
}

function defect(what: string): InvariantError {
  return new InvariantError('ERR_RLM_ENGINE', {
    message: `the REPL failed: ${what}`,
    hint: 'this is a defect, or the stored input cannot be read: look at the blob store with codetether doctor',
  });
}
