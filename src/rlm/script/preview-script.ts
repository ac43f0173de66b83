import {
  knownEndsSchema,
  KnownStock,
  type ScriptEnd,
  type ScriptTask,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { RunawayError } from '../cell-error.js';
import { readProgram, settingsOf } from './read-program.js';
import { callEnds } from './script-pool.js';
import type { ScriptCall, ScriptStep } from './script-step.js';
import { ScriptVm } from './script-vm.js';

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

/** Runs a script over what is known until it needs something else. Nothing is kept of it; one that does not end by itself fails. */
export async function previewScript(task: ScriptTask, blobs: BlobStore): Promise<ScriptPreview> {
  try {
    return await preview(task, blobs);
  } catch (error) {
    if (!(error instanceof RunawayError)) throw error;
    return { taken: 0, asked: [], end: 'failed' };
  }
}

async function preview(task: ScriptTask, blobs: BlobStore): Promise<ScriptPreview> {
  const known = task.known === null ? '[]' : await blobs.getText(task.known);
  const stock = new KnownStock(knownEndsSchema.parse(JSON.parse(known)));
  const vm = await ScriptVm.open(settingsOf(task));
  try {
    let step = vm.start(await readProgram(task, blobs));
    const asked: ScriptCall[] = [];
    let taken = 0;
    for (;;) {
      const { ends, open } = take(step, stock);
      asked.push(...open);
      taken += ends.length;
      if (ends.length === 0 && !step.hasMore) {
        const end = step.state === 'waiting' ? null : step.state;
        return { taken, asked: asked.map(nameOf), end };
      }
      step = vm.settle(await callEnds(ends, blobs));
    }
  } finally {
    vm.dispose();
  }
}

/** Calls of a step whose ends are known, and those that have to be asked. */
function take(
  { calls }: ScriptStep,
  stock: KnownStock,
): { readonly ends: readonly ScriptEnd[]; readonly open: readonly ScriptCall[] } {
  const known = calls.map((call) => ({
    call,
    end: stock.take(call.chain, { id: call.id, spent: 0 }),
  }));
  return {
    ends: known.flatMap(({ end }) => end ?? []),
    open: known.flatMap(({ call, end }) => (end === undefined ? [call] : [])),
  };
}

function nameOf({ kind, payload }: ScriptCall): string {
  const { label, prompt, question } = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const name = [label, prompt, question].find((one) => typeof one === 'string');
  return `${kind} ${typeof name === 'string' ? name : ''}`.trim().slice(0, NAME_LENGTH);
}
