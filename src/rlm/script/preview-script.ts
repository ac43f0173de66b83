import { knownEndsSchema, KnownStock, type ScriptTask } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { KillableThread } from '../engine/killable-thread.js';
import { readProgram, settingsOf } from './read-program.js';
import type { ScriptOrder, ScriptReply, ScriptStart } from './script-messages.js';
import { callEnds } from './script-pool.js';
import type { ScriptCall } from './script-step.js';

/** What becomes of a script that goes on, as far as it can be known before anything is paid. */
export interface ScriptPreview {
  /** Calls that had ended and are taken over. */
  readonly taken: number;
  /** Calls that are asked first; what comes behind them depends on how they end. */
  readonly asked: readonly string[];
  /** What the program ends with where nothing is left to ask; null = it goes on. */
  readonly end: 'done' | 'failed' | null;
}

const NAME_LENGTH = 100;
const LIMIT_MS = 30_000;

/**
 * Runs a script over what is known until it needs something else, in a thread of its own. Nothing is kept of it; one that does not end by
 * itself fails. `thread` = the thread's file; tests name the compiled one.
 */
export async function previewScript(
  task: ScriptTask,
  blobs: BlobStore,
  { thread: file = new URL('./script-thread.js', import.meta.url) }: { readonly thread?: URL } = {},
): Promise<ScriptPreview> {
  const known = task.known === null ? '[]' : await blobs.getText(task.known);
  const stock = new KnownStock(knownEndsSchema.parse(JSON.parse(known)));
  const data: ScriptStart = { settings: settingsOf(task) };
  const thread = new KillableThread<ScriptOrder, ScriptReply>({ file, data, limitMs: LIMIT_MS });
  const asked: ScriptCall[] = [];
  let taken = 0;
  try {
    let reply = await thread.ask({ kind: 'start', program: await readProgram(task, blobs) });
    for (;;) {
      if (reply.kind !== 'step') return { taken, asked: asked.map(nameOf), end: 'failed' };
      const { state, calls, hasMore } = reply.step;
      const isKnown = stock.ask(calls);
      asked.push(...calls.filter(({ id }) => !isKnown.has(id)));
      const end = stock.next();
      if (end === undefined && !hasMore)
        return { taken, asked: asked.map(nameOf), end: state === 'waiting' ? null : state };
      if (end !== undefined) taken += 1;
      const ends = await callEnds(end === undefined ? [] : [end], blobs);
      reply = await thread.ask({ kind: 'settle', ends });
    }
  } finally {
    await thread.close();
  }
}

function nameOf({ kind, payload }: ScriptCall): string {
  const { label, prompt, question } = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const name = [label, prompt, question].find((one) => typeof one === 'string');
  return `${kind} ${typeof name === 'string' ? name : ''}`.trim().slice(0, NAME_LENGTH);
}
