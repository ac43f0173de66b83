import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  createSwarmActivities,
  type SwarmActivities,
} from '../../src/activities/swarm/swarm-activities.js';
import { prepareRun } from '../../src/activities/workspace/prepare-run.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { ZERO_SPENDING } from '../../src/domain/run/spending.js';
import type { WorkspaceRef } from '../../src/domain/workspace.js';
import { workspaceGit } from '../../src/platform/workspace/snapshot.js';
import { openWorkspace } from '../../src/platform/workspace/workspace.js';
import type { ModelRequest } from '../../src/providers/provider.js';
import type { Providers } from '../../src/providers/registry.js';
import { ralphBench, type RalphBench } from './ralph-bench.js';

/** Swarm activities on a repository with lanes, and a model that gives the answers of a list. */
export interface SwarmBench extends RalphBench {
  readonly lanes: readonly WorkspaceRef[];
  readonly activities: SwarmActivities;
  /** What the model was asked. */
  readonly requests: ModelRequest[];
  /** What the model says next. */
  readonly answers: string[];
  /** Calls an activity as a worker does. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Lays out a lane at the base with these files in it, as its agent left them. */
  readonly leave: (lane: number, files: Readonly<Record<string, string>>) => Promise<void>;
  /** The next step's key. */
  readonly step: () => {
    readonly key: { scope: string; step: number; index: number };
    readonly runId: string;
    readonly events: [];
  };
}

/** A bench with as many lanes. */
export async function swarmBench(
  files: Readonly<Record<string, string>> = {},
  lanes = 3,
): Promise<SwarmBench> {
  const bench = await ralphBench(files);
  const { repository, base, dependencies } = bench;
  const request = {
    runId: 'run-1',
    repository,
    workdir: '.',
    prdPath: '',
    baseCommit: base,
    lanes,
  };
  const prepared = await prepareRun(dependencies, request);
  const refs = (prepared.lanes ?? []).map(({ lane }) => lane);
  const requests: ModelRequest[] = [];
  const answers: string[] = [];
  const environment = new MockActivityEnvironment();
  const freezeAgent = async () => {
    const ref = await dependencies.blobs.put('[]');
    return { prompt: ref, toolset: ref };
  };
  const providers = scriptedProviders(requests, answers);
  let step = 0;
  return {
    ...bench,
    lanes: refs,
    activities: createSwarmActivities({ ...dependencies, freezeAgent, providers }),
    requests,
    answers,
    run: async <Result>(work: () => Promise<Result>) => (await environment.run(work)) as Result,
    async leave(at, left) {
      const ref = refs[at];
      if (ref === undefined) throw new Error(`there is no lane ${at}`);
      const lane = await openWorkspace(dependencies.home, ref);
      await workspaceGit(lane).checkoutTree(base);
      for (const [path, text] of Object.entries(left)) {
        await mkdir(dirname(join(lane.root, path)), { recursive: true });
        await writeFile(join(lane.root, path), text);
      }
    },
    step: () => {
      step += 1;
      return { key: { scope: 'w', step, index: 0 }, runId: 'run-1', events: [] };
    },
  };
}

/** A model that gives the answers of a list, and remembers what it was asked. */
export function scriptedProviders(requests: ModelRequest[], answers: string[]): Providers {
  return {
    names: ['fake'],
    resolve: () => ({
      contextWindow: 1000,
      costOf: (_usage, reported) => reported,
      provider: {
        stream: async (request) => {
          requests.push(request);
          return {
            message: { role: 'assistant', content: answers.shift() ?? '', toolCalls: [] },
            usage: { ...ZERO_USAGE, inputTokens: 10, outputTokens: 5 },
            isUsageEstimated: false,
            finishReason: 'stop',
            providerCostMicroUsd: 42,
          };
        },
      },
    }),
  };
}

/** A candidate for landing with defaults for everything that a test does not care about. */
export function candidate(id: string, lane: WorkspaceRef | undefined, base: string) {
  if (lane === undefined) throw new Error('there is no such lane');
  const title = `Do ${id}`;
  return { id, title, attempt: 1, lane, base, summary: '', spending: ZERO_SPENDING };
}
