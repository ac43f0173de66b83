import { parentPort, workerData } from 'node:worker_threads';
import { ContextReader } from '../context/context-reader.js';
import { RunawayError } from '../cell-error.js';
import { blockFiles } from './block-files.js';
import type { ReplOrder, ReplReply, ReplStart } from './repl-messages.js';
import { ReplVm } from './repl-vm.js';
import { verifySpans } from './verify-spans.js';

/** A thread that can be killed: whatever a cell or a pattern does, it holds up nobody else. */
const { manifest, bytes, settings } = workerData as ReplStart;
const reader = new ContextReader(manifest, blockFiles(bytes));
let vm: ReplVm | undefined;
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (order: ReplOrder) => {
  last = last.then(() => answer(order));
});

async function answer(order: ReplOrder): Promise<void> {
  parentPort?.postMessage(await reply(order));
}

async function reply(order: ReplOrder): Promise<ReplReply> {
  try {
    if (order.kind === 'verify') return { kind: 'spans', spans: verifySpans(reader, order.spans) };
    vm ??= await ReplVm.open(reader, settings);
    return {
      kind: 'step',
      step: order.kind === 'run' ? vm.run(order.code) : vm.settle(order.ends),
    };
  } catch (error) {
    // the host's stack ended inside of the engine, which cannot be trusted after that
    if (error instanceof RangeError || error instanceof RunawayError)
      return { kind: 'killed', reason: error.message };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
