import { stat } from 'node:fs/promises';
import {
  InvariantError,
  type BlobRef,
  type ContextManifest,
  type JournalEntry,
  type SettledRequest,
} from '../domain/index.js';
import { readJournal, type BlobStore } from '../platform/index.js';
import type { ContextBytes } from './engine/repl-messages.js';
import type { AskedSpan, VerifiedSpan } from './engine/spans.js';
import { Repl, type ReplOutcome } from './engine/repl.js';
import type { QuestionEnd, ReplSettings } from './engine/repl-vm.js';
import { WarmThreads, type Warm } from './warm-threads.js';

/** Which REPL is meant, and how it has come to where it is. */
export interface ReplPlace {
  /** Names the REPL; the same for all of its steps. */
  readonly node: string;
  /** Everything that happened in it; null = nothing yet. */
  readonly journal: BlobRef | null;
  /** Reads what is known of its input; asked only where its thread is not there. */
  readonly readManifest: () => Promise<ContextManifest>;
  readonly settings: ReplSettings;
}

/** What is done next. */
export type ReplStep =
  | { readonly kind: 'run'; readonly code: string }
  | { readonly kind: 'settle'; readonly ends: readonly QuestionEnd[] };

/** Threads that are kept: each holds up to 64 MiB of the engine and two blocks. */
const MOST_WARM = 6;
const NOTHING = '';
/** Times as long as a step may take that is done again. */
const REPLAY_PATIENCE = 6;

/**
 * The REPLs of a worker. One whose thread is still there goes on at once; any other is made again from its journal, without asking anybody
 * anything: answers are in it.
 */
export class ReplPool {
  private readonly blobs: BlobStore;
  private readonly thread: URL | undefined;
  private readonly warm = new WarmThreads<Repl>(MOST_WARM);
  private replays = 0;

  constructor(blobs: BlobStore, options: { readonly thread?: URL } = {}) {
    this.blobs = blobs;
    this.thread = options.thread;
  }

  /** How many REPLs were made again from their journal. */
  get replayed(): number {
    return this.replays;
  }

  /**
   * Does one step. `kept` is told the digest of the journal with the step in it, so that the next one finds the REPL warm. Throws
   * InvariantError `ERR_RLM_REPLAY` when a journal no longer leads to the state it led to, `ERR_RLM_ENGINE` for a defect.
   */
  async step(
    place: ReplPlace,
    step: ReplStep,
    signal?: AbortSignal,
  ): Promise<{ readonly outcome: ReplOutcome; readonly kept: (journal: BlobRef) => void }> {
    const warm = await this.open(place, signal);
    warm.journal = undefined;
    const outcome =
      step.kind === 'run'
        ? await warm.engine.run(step.code, signal)
        : await warm.engine.settle(step.ends, signal);
    if (outcome.kind === 'killed') this.warm.forget(place.node);
    return {
      outcome,
      kept: (journal) => {
        warm.journal = journal.digest;
      },
    };
  }

  /** Looks for quotations in the input of a REPL. */
  async verify(
    place: ReplPlace,
    spans: readonly AskedSpan[],
    signal?: AbortSignal,
  ): Promise<readonly VerifiedSpan[]> {
    const known = this.warm.peek(place.node);
    if (known !== undefined) return known.verify(spans, signal);
    const repl = await this.start(place);
    try {
      return await repl.verify(spans, signal);
    } finally {
      await repl.close();
    }
  }

  /** Lets go of a REPL that has ended. */
  async close(node: string): Promise<void> {
    await this.warm.close(node);
  }

  private async open(place: ReplPlace, signal?: AbortSignal): Promise<Warm<Repl>> {
    const { node, journal } = place;
    const { kept, isNew } = await this.warm.open(node, journal?.digest ?? NOTHING, () =>
      this.start(place),
    );
    if (isNew && journal !== null) await this.replay(kept.engine, place, signal);
    return kept;
  }

  private async start({ readManifest, settings }: ReplPlace): Promise<Repl> {
    const manifest = await readManifest();
    const bytes = await contextBytes(manifest, this.blobs);
    const thread = this.thread === undefined ? {} : { thread: this.thread };
    return new Repl({ manifest, bytes, settings, ...thread });
  }

  private async replay(repl: Repl, place: ReplPlace, signal?: AbortSignal): Promise<void> {
    this.replays += 1;
    repl.setPatience(REPLAY_PATIENCE);
    const entries = await readJournal(place.journal, this.blobs);
    for (const [index, entry] of entries.entries()) {
      const outcome = await this.again(repl, entry, signal);
      if (outcome.kind === 'step' && outcome.step.hash === entry.hash) continue;
      await this.close(place.node);
      throw new InvariantError('ERR_RLM_REPLAY', {
        message: `entry ${index + 1} of ${entries.length} of the journal of a REPL leads to another state than it did: ${outcome.kind === 'killed' ? outcome.reason : 'the state hash differs'}`,
        hint: 'an upgrade changed the engine in mid-run: codetether rlm retry RUN starts the question again',
      });
    }
    repl.setPatience(1);
  }

  private async again(repl: Repl, entry: JournalEntry, signal?: AbortSignal): Promise<ReplOutcome> {
    if (entry.kind === 'cell') return repl.run(entry.code, signal);
    return repl.settle(await endsOf(entry.results, this.blobs), signal);
  }
}

/** The ends of questions with the texts that they refer to. */
export function endsOf(
  results: readonly SettledRequest[],
  blobs: BlobStore,
): Promise<QuestionEnd[]> {
  return Promise.all(
    results.map(async (result) =>
      'ref' in result
        ? { id: result.id, answer: await answerOf(result, blobs) }
        : { id: result.id, code: result.code, message: result.message },
    ),
  );
}

/** An answer as JSON; a tool's is text. */
async function answerOf(
  { ref, isText }: { readonly ref: BlobRef; readonly isText?: true | undefined },
  blobs: BlobStore,
): Promise<string> {
  const text = await blobs.getText(ref);
  return isText === true ? JSON.stringify(text) : text;
}

/** Plain blocks are read from their files by the thread; sealed ones are opened once, into memory that it shares. */
async function contextBytes(manifest: ContextManifest, blobs: BlobStore): Promise<ContextBytes> {
  const paths: Record<string, string> = {};
  for (const { ref } of manifest.blocks) {
    const path = blobs.path(ref);
    const size = await stat(path).then(
      (facts) => facts.size,
      () => undefined,
    );
    if (size !== ref.bytes) return inMemory(manifest, blobs);
    paths[ref.digest] = path;
  }
  return { kind: 'files', paths };
}

async function inMemory(manifest: ContextManifest, blobs: BlobStore): Promise<ContextBytes> {
  const bytes = new SharedArrayBuffer(manifest.bytes);
  for (const { ref, start } of manifest.blocks)
    (await blobs.get(ref)).copy(Buffer.from(bytes), start);
  return { kind: 'memory', bytes };
}
