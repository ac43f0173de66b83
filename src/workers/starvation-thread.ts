import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { StarvationMessage, StarvationSettings } from './starvation-watch.js';

const { turns, limitMs, lookMs, note } = workerData as StarvationSettings;
const counter = new Int32Array(turns);
const running = new Set<string>();

parentPort?.on('message', (message: StarvationMessage) => {
  if ('enter' in message) running.add(message.enter);
  else running.delete(message.leave);
});

let known = Atomics.load(counter, 0);
let silentMs = 0;
let lookedAt = performance.now();

setInterval(() => {
  const now = performance.now();
  const gap = now - lookedAt;
  lookedAt = now;
  const turn = Atomics.load(counter, 0);
  // This thread was held up itself: the whole process was, and says nothing about a step.
  silentMs = turn !== known || gap > 5 * lookMs ? 0 : silentMs + gap;
  known = turn;
  if (silentMs < limitMs) return;
  for (const file of running) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, note);
    } catch {
      // Without the note the step is only tried once more than it should be.
    }
  }
  process.kill(process.pid, 'SIGKILL');
}, lookMs);
