import { InvariantError, type BlobRef, type ScriptEnd } from '../../domain/index.js';
import { readScriptJournal, type BlobStore } from '../../platform/index.js';
import { KillableThread, type KilledThread } from '../engine/killable-thread.js';
import { WarmThreads } from '../warm-threads.js';
import type { ScriptOrder, ScriptReply, ScriptStart, ScriptStepOrder } from './script-messages.js';
import type { ScriptCallEnd, ScriptProgram, ScriptSettings, ScriptStep } from './script-step.js';

/** Which script is meant, and how it has come to where it is. */
export interface ScriptPlace {
  /** Names the run; the same for all of its steps. */
  readonly node: string;
  /** Everything that happened in it; null = it has not begun. */
  readonly journal: BlobRef | null;
  readonly settings: ScriptSettings;
  /** Reads what it runs; asked only where it begins or is made again. */
  readonly readProgram: () => Promise<ScriptProgram>;
}

/** What a step came to. */
export type ScriptOutcome = { readonly kind: 'step'; readonly step: ScriptStep } | KilledThread;

type Thread = KillableThread<ScriptOrder, ScriptReply>;

/** Threads that are kept: each holds up to 64 MiB of the engine. */
const MOST_WARM = 4;
const LIMIT_MS = 30_000;
/** Times as long as a step may take that is done again. */
const REPLAY_PATIENCE = 6;
/** Steps that one order does again. */
const REPLAYED_AT_ONCE = 100;
const NOTHING = '';

/** The scripts of a worker. One whose thread is still there goes on at once; any other is made again from its journal, without a call. */
export class ScriptPool {
  private readonly blobs: BlobStore;
  private readonly file: URL;
  private readonly warm = new WarmThreads<Thread>(MOST_WARM);
  private replays = 0;

  /** `thread` = the thread's file; tests name the compiled one. */
  constructor(blobs: BlobStore, options: { readonly thread?: URL } = {}) {
    this.blobs = blobs;
    this.file = options.thread ?? new URL('./script-thread.js', import.meta.url);
  }

  /** How many scripts were made again from their journal. */
  get replayed(): number {
    return this.replays;
  }

  /**
   * Begins a script (`ends` null), or tells it the ends of calls. `kept` is told the journal with the step in it, so that the next one
   * finds the script warm. Throws InvariantError `ERR_SCRIPT_REPLAY` when a journal no longer leads to the state it led to.
   */
  async step(
    place: ScriptPlace,
    ends: readonly ScriptEnd[] | null,
    signal?: AbortSignal,
  ): Promise<{ readonly outcome: ScriptOutcome; readonly kept: (journal: BlobRef) => void }> {
    const { node, journal, settings } = place;
    const { kept, isNew } = await this.warm.open(node, journal?.digest ?? NOTHING, () => {
      const data: ScriptStart = { settings };
      return Promise.resolve(new KillableThread({ file: this.file, data, limitMs: LIMIT_MS }));
    });
    if (isNew && journal !== null) await this.replay(kept.engine, place, signal);
    kept.journal = undefined;
    const outcome = await this.tell(kept.engine, place, { ends, signal });
    if (outcome.kind === 'killed') this.warm.forget(node);
    return {
      outcome,
      kept: (next) => {
        kept.journal = next.digest;
      },
    };
  }

  /** Lets go of a script that has ended. */
  close(node: string): Promise<void> {
    return this.warm.close(node);
  }

  private async tell(
    thread: Thread,
    place: ScriptPlace,
    {
      ends,
      signal,
    }: { readonly ends: readonly ScriptEnd[] | null; readonly signal?: AbortSignal | undefined },
  ): Promise<ScriptOutcome> {
    const reply = await thread.ask(await this.orderOf(place, ends), signal);
    return reply.kind === 'replayed'
      ? { kind: 'killed', reason: 'it answered another order' }
      : reply;
  }

  private async orderOf(
    { readProgram }: ScriptPlace,
    ends: readonly ScriptEnd[] | null,
  ): Promise<ScriptStepOrder> {
    return ends === null
      ? { kind: 'start', program: await readProgram() }
      : { kind: 'settle', ends: await callEnds(ends, this.blobs) };
  }

  private async replay(thread: Thread, place: ScriptPlace, signal?: AbortSignal): Promise<void> {
    this.replays += 1;
    thread.setPatience(REPLAY_PATIENCE);
    const entries = await readScriptJournal(place.journal, this.blobs);
    for (let from = 0; from < entries.length; from += REPLAYED_AT_ONCE) {
      const some = entries.slice(from, from + REPLAYED_AT_ONCE);
      const orders = some.map(async ({ ends, hash }) => ({
        order: await this.orderOf(place, ends),
        hash,
      }));
      const reply = await thread.ask({ kind: 'replay', steps: await Promise.all(orders) }, signal);
      if (reply.kind === 'replayed' && reply.differs === null) continue;
      await this.close(place.node);
      throw differs(reply, { from, entries: entries.length });
    }
    thread.setPatience(1);
  }
}

function differs(
  reply: ScriptReply,
  { from, entries }: { readonly from: number; readonly entries: number },
): InvariantError {
  const entry = reply.kind === 'replayed' ? from + (reply.differs ?? 0) + 1 : from + 1;
  const why = reply.kind === 'killed' ? reply.reason : 'the state hash differs';
  return new InvariantError('ERR_SCRIPT_REPLAY', {
    message: `entry ${entry} of ${entries} of the journal of a script leads to another state than it did: ${why}`,
    hint: 'an upgrade changed the engine in mid-run: codetether script retry RUN goes on with the calls that have ended',
  });
}

/** The ends of calls with the values that they refer to. */
export function callEnds(ends: readonly ScriptEnd[], blobs: BlobStore): Promise<ScriptCallEnd[]> {
  return Promise.all(
    ends.map(async (end) => {
      if (!('ref' in end)) return end;
      const { id, spent, ref } = end;
      return { id, spent, value: await blobs.getText(ref) };
    }),
  );
}
