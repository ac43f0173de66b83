import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository } from './source-files.js';

/** A thread that somebody else's library starts: it holds some memory, waits, and tells of each full collection. */
const THREAD = `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  import { parentPort } from 'node:worker_threads';
  globalThis.held = Array.from({ length: 200_000 }, (_, at) => ({ at }));
  new PerformanceObserver((list) => {
    const kinds = list.getEntries().map(({ detail }) => detail.kind);
    if (kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR)) parentPort.postMessage('collected');
  }).observe({ entryTypes: ['gc'] });
  setTimeout(() => parentPort.postMessage('waited'), Number(process.env.WAIT_MS));
  parentPort.postMessage('made');
`;

const MAIN = `
  import { BroadcastChannel, Worker } from 'node:worker_threads';
  const thread = new Worker(new URL('./thread.mjs', import.meta.url));
  thread.on('message', (message) => {
    if (message === 'made') return new BroadcastChannel('codetether-idle').postMessage(null);
    console.log(message);
    process.exit(0);
  });
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codetether-threads-'));
  writeFileSync(join(folder, 'thread.mjs'), THREAD);
  writeFileSync(join(folder, 'main.mjs'), MAIN);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the thread tells first, in a process that was started with more arguments. */
function firstWord(more: readonly string[], waitMs: number): string {
  const args = [...more, join(folder, 'main.mjs')];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, WAIT_MS: String(waitMs) },
    timeout: 15_000,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe('every thread of a worker process', () => {
  it('collects its garbage at the idle notice, whoever started it', () => {
    const preload = pathToFileURL(join(repository, 'dist/workers/every-thread.js')).href;
    expect(firstWord([`--import=${preload}`], 10_000)).toBe('collected\n');
  });

  it('would not do so by itself (negative control)', () => {
    expect(firstWord([], 1000)).toBe('waited\n');
  });
});
