import { knownEndsSchema, KnownStock, type ScriptTask } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { readProgram, settingsOf } from './read-program.js';
import type { ScriptCall, ScriptCallEnd } from './script-step.js';
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

/** Runs a script over what is known until it needs something else. Nothing is kept of it. Throws RunawayError. */
export async function previewScript(task: ScriptTask, blobs: BlobStore): Promise<ScriptPreview> {
  const known = task.known === null ? '[]' : await blobs.getText(task.known);
  const stock = new KnownStock(knownEndsSchema.parse(JSON.parse(known)));
  const vm = await ScriptVm.open(settingsOf(task));
  try {
    let step = vm.start(await readProgram(task, blobs));
    const asked: ScriptCall[] = [];
    let taken = 0;
    for (;;) {
      const ends: ScriptCallEnd[] = [];
      for (const call of step.calls) {
        const end = stock.take(call.chain, { id: call.id, spent: 0 });
        if (end === undefined) asked.push(call);
        else if ('ref' in end)
          ends.push({ id: end.id, spent: 0, value: await blobs.getText(end.ref) });
        else ends.push(end);
      }
      taken += ends.length;
      if (ends.length === 0 && !step.hasMore) {
        const end = step.state === 'waiting' ? null : step.state;
        return { taken, asked: asked.map(nameOf), end };
      }
      step = vm.settle(ends);
    }
  } finally {
    vm.dispose();
  }
}

function nameOf({ kind, payload }: ScriptCall): string {
  const { label, prompt, question } = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const name = [label, prompt, question].find((one) => typeof one === 'string');
  return `${kind} ${typeof name === 'string' ? name : ''}`.trim().slice(0, NAME_LENGTH);
}
