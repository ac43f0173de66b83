import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { ServedBundles } from '../../../src/domain/served-bundles.js';
import { createLogger } from '../../../src/observability/logger.js';
import {
  bundlePath,
  readServedBundles,
  writeServedBundles,
} from '../../../src/host/temporal/bundle-store.js';
import { createQueueWorkers } from '../../../src/workers/queue-workers.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const served: ServedBundles = {
  version: 1,
  digest: NEW,
  generation: 2,
  older: [{ generation: 1, digest: OLD, problem: null }],
};

/** A worker that runs until it is told to stop. */
function fakeWorker(): Worker {
  let end: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    end = resolve;
  });
  const fake = { run: () => running, shutdown: () => end(), getState: () => 'RUNNING' };
  return fake as unknown as Worker;
}

async function open(create: (queue: string) => Promise<Worker>) {
  const home = await temporaryFolder();
  writeServedBundles(home, served);
  const options = {
    client: {} as Client,
    home,
    hostId: 'host-1',
    served,
    bundle: { digest: NEW, codePath: '/new.js' },
    create,
    logger: createLogger({ level: 'error', file: '/dev/null' }),
  };
  return { home, options };
}

describe('an older bundle', () => {
  it('that was not kept is named, and new runs are served all the same', async () => {
    const created: string[] = [];
    const { home, options } = await open(async (queue) => {
      created.push(queue);
      return fakeWorker();
    });
    const workers = await createQueueWorkers(options);
    const stop = new AbortController();
    const over = workers.run(stop.signal);
    stop.abort();
    await over;
    expect(created).toEqual(['codetether@host-1.2']);
    expect(readServedBundles(home)?.older[0]?.problem).toContain('ERR_BUNDLE_MISSING');
  });

  it('that cannot be loaded is named with the reason', async () => {
    const { home, options } = await open(async (queue) => {
      if (queue === 'codetether@host-1') throw new Error('no such api');
      return fakeWorker();
    });
    mkdirSync(dirname(bundlePath(home, OLD)), { recursive: true });
    writeFileSync(bundlePath(home, OLD), 'x');
    await createQueueWorkers(options);
    expect(readServedBundles(home)?.older[0]?.problem).toMatch(
      /^ERR_BUNDLE_UNUSABLE.*no such api$/,
    );
  });
});
