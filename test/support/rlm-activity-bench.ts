import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { onTestFinished } from 'vitest';
import {
  createRlmActivities,
  type RlmActivities,
} from '../../src/activities/rlm/rlm-activities.js';
import type { BlobRef } from '../../src/domain/blob.js';
import type { RlmTask } from '../../src/domain/rlm/rlm-task.js';
import { openStores, type Stores } from '../../src/platform/storage/stores.js';
import type { ModelRequest } from '../../src/providers/provider.js';
import { ReplPool } from '../../src/rlm/repl-pool.js';
import { scriptedProviders } from './swarm-bench.js';
import { temporaryFolder } from './temporary-folder.js';

/** Threads run compiled files. */
export const REPL_THREAD = join(process.cwd(), 'dist/rlm/engine/repl-thread.js');

/** Activities of questions over inputs in a folder of their own, and a model that gives the answers of a list. */
export interface RlmActivityBench {
  readonly folder: string;
  readonly stores: Stores;
  readonly activities: RlmActivities;
  /** What the model was asked. */
  readonly requests: ModelRequest[];
  /** What the model says next. */
  readonly answers: string[];
  /** Calls an activity as a worker does. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** The next step's key. */
  readonly step: () => {
    readonly key: { scope: string; step: number; index: number };
    readonly runId: string;
  };
  /** A worker that has just started: threads of the one before are gone. */
  readonly restart: () => Promise<void>;
  readonly pool: () => ReplPool;
  /** A task over an input. */
  readonly task: (context: BlobRef, fields?: Partial<RlmTask>) => RlmTask;
  /** A conversation whose last message says this. */
  readonly said: (
    content: string,
    calls?: readonly { name: string; arguments: string }[],
  ) => Promise<BlobRef>;
}

/** A bench; its threads end with the running test. */
export async function rlmActivityBench(): Promise<RlmActivityBench> {
  const folder = await temporaryFolder();
  const stores = openStores({ home: join(folder, 'home'), envelope: null, renderReport: () => '' });
  const environment = new MockActivityEnvironment();
  const requests: ModelRequest[] = [];
  const answers: string[] = [];
  const thread = { thread: pathToFileURL(REPL_THREAD) };
  const node = 'w';
  let pool = new ReplPool(stores.blobs, thread);
  const build = (): RlmActivities =>
    createRlmActivities({
      ...stores,
      providers: scriptedProviders(requests, answers),
      repls: pool,
      replTools: [],
    });
  let activities = build();
  let step = 0;
  onTestFinished(() => pool.close(node));
  return {
    folder,
    stores,
    get activities() {
      return activities;
    },
    requests,
    answers,
    run: async <Result>(work: () => Promise<Result>) => (await environment.run(work)) as Result,
    step: () => {
      step += 1;
      return { key: { scope: node, step, index: 0 }, runId: 'run-1' };
    },
    async restart() {
      await pool.close(node);
      pool = new ReplPool(stores.blobs, thread);
      activities = build();
    },
    pool: () => pool,
    task: (context, fields = {}) => ({
      context,
      depth: 0,
      maxDepth: 1,
      maxIterations: 5,
      subModel: { provider: 'fake', model: 'two' },
      subWindow: 1000,
      schema: null,
      parallel: 3,
      journal: null,
      ...fields,
    }),
    said: (content, calls = []) =>
      stores.blobs.put(
        JSON.stringify({
          version: 1,
          parent: null,
          depth: 1,
          messages: [
            {
              role: 'assistant',
              content,
              toolCalls: calls.map((call, index) => ({ id: `c${index}`, ...call })),
            },
          ],
        }),
      ),
  };
}
