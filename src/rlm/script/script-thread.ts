import { parentPort, workerData } from 'node:worker_threads';
import type { ScriptOrder, ScriptReply, ScriptStart } from './script-messages.js';
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
    const step = order.kind === 'start' ? vm.start(order.program) : vm.settle(order.ends);
    return { kind: 'step', step };
  } catch (error) {
    // whatever ended inside of the engine, it cannot be trusted after that
    return { kind: 'killed', reason: error instanceof Error ? error.message : String(error) };
  }
}
