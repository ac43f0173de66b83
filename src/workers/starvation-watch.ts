import { Worker } from 'node:worker_threads';
import { STARVED_LINE, type StepWatch } from '../platform/index.js';

/** Options of {@link watchStarvation}. */
export interface StarvationOptions {
  /** The main thread has starved when it took no turn for so long. Default 30 s: heartbeats are missed by then. */
  readonly limitMs?: number;
  /** Between two turns and two looks. Default 1 s. */
  readonly lookMs?: number;
}

const LIMIT_MS = 30_000;
const LOOK_MS = 1000;

/** What the watching thread is told. */
export type StarvationMessage = { readonly enter: string } | { readonly leave: string };

/** What the watching thread starts with. */
export interface StarvationSettings {
  /** One 32-bit number that the main thread counts up in every turn. */
  readonly turns: SharedArrayBuffer;
  readonly limitMs: number;
  readonly lookMs: number;
  /** Line for the files of the steps that run. */
  readonly note: string;
}

/**
 * Watches from a thread of its own whether the main thread still takes turns. When a step holds it up for good, nobody else
 * could tell: heartbeats, timers and signals all wait for it. The thread then writes down which steps were running and ends
 * the process; the supervisor starts another, and the journal ends a step that did so twice. Machines that sleep and processes
 * that are stopped do not count: the thread stands still with them.
 */
export function watchStarvation(options: StarvationOptions = {}): StepWatch {
  const { limitMs = LIMIT_MS, lookMs = LOOK_MS } = options;
  const turns = new SharedArrayBuffer(4);
  const counter = new Int32Array(turns);
  setInterval(() => Atomics.add(counter, 0, 1), lookMs).unref();
  const settings: StarvationSettings = { turns, limitMs, lookMs, note: STARVED_LINE };
  const thread = new Worker(new URL('./starvation-thread.js', import.meta.url), {
    workerData: settings,
    // It holds some names and compares two numbers.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
  });
  thread.unref();
  const tell = (message: StarvationMessage): void => thread.postMessage(message);
  return {
    enter: (file) => tell({ enter: file }),
    leave: (file) => tell({ leave: file }),
  };
}
