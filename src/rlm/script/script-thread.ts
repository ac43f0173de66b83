import { parentPort, workerData } from 'node:worker_threads';
import type { ScriptOrder, ScriptReply, ScriptStart, ScriptStepOrder } from './script-messages.js';
import type { ScriptStep } from './script-step.js';
import { ScriptVm } from './script-vm.js';

/** A thread that can be killed: whatever a script does, it holds up nobody else. */
const { settings } = workerData as ScriptStart;
let vm: ScriptVm | undefined;
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (order: ScriptOrder) => {
  last = last.then(async () => parentPort?.postMessage(await reply(order)));
});

async function reply(order: ScriptOrder): Promise<ScriptReply> {
  try {
    vm ??= await ScriptVm.open(settings);
    if (order.kind !== 'replay') return { kind: 'step', step: carryOut(vm, order) };
    const made = vm;
    const differs = order.steps.findIndex((step) => carryOut(made, step.order).hash !== step.hash);
    return { kind: 'replayed', differs: differs === -1 ? null : differs };
  } catch (error) {
    // whatever ended inside of the engine, it cannot be trusted after that
    return { kind: 'killed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function carryOut(engine: ScriptVm, order: ScriptStepOrder): ScriptStep {
  return order.kind === 'start' ? engine.start(order.program) : engine.settle(order.ends);
}
