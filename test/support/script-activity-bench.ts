import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { onTestFinished } from 'vitest';
import {
  createScriptActivities,
  type ScriptActivities,
} from '../../src/activities/script/script-activities.js';
import type { BlobRef } from '../../src/domain/blob.js';
import type { ScriptTask } from '../../src/domain/script/script-task.js';
import { openStores, type Stores } from '../../src/platform/storage/stores.js';
import type { ModelRequest } from '../../src/providers/provider.js';
import { ScriptPool } from '../../src/rlm/script/script-pool.js';
import { scriptedProviders } from './swarm-bench.js';
import { temporaryFolder } from './temporary-folder.js';

/** Threads run compiled files. */
const SCRIPT_THREAD = join(process.cwd(), 'dist/rlm/script/script-thread.js');

/** False where there is no build. */
export const hasScriptThread = existsSync(SCRIPT_THREAD);

/** Where a pool finds its threads. */
export const scriptThread = { thread: pathToFileURL(SCRIPT_THREAD) };

export type StepInput = Parameters<ScriptActivities['stepScript']>[0];
export type StepOutput = Awaited<ReturnType<ScriptActivities['stepScript']>>;
type GivenEnd = StepInput['ends'][number];
type AskedCall = StepOutput['calls'][number];

/** How a call ends, but for its number and what was spent. */
export type Ended =
  | { readonly conversation: BlobRef; readonly schema: BlobRef | null }
  | { readonly value: string }
  | { readonly ref: BlobRef }
  | { readonly code: string; readonly message: string };

/** Activities of scripts in a folder of their own, and a model that gives the answers of a list. */
export interface ScriptActivityBench {
  readonly stores: Stores;
  readonly activities: ScriptActivities;
  readonly requests: ModelRequest[];
  readonly answers: string[];
  /** Calls an activity as a worker does. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** The next step's key. */
  readonly step: () => Pick<StepInput, 'key' | 'runId'>;
  /** A worker that has just started: threads of the one before are gone. */
  readonly restart: () => Promise<void>;
  /** How many scripts the worker has made again. */
  readonly replayed: () => number;
  /** A task that runs this script. */
  readonly task: (
    script: string,
    fields?: Partial<ScriptTask>,
    given?: {
      readonly args?: unknown;
      readonly nested?: Readonly<Record<string, string>>;
    },
  ) => Promise<ScriptTask>;
  /** A conversation whose last message says this. */
  readonly said: (content: string) => Promise<BlobRef>;
  /** Tells a script ends of calls; `journal` null = it begins. */
  readonly tell: (
    task: ScriptTask,
    journal: BlobRef | null,
    ends?: readonly GivenEnd[],
  ) => Promise<StepOutput>;
}

/** A bench; its threads end with the running test. */
export async function scriptActivityBench(): Promise<ScriptActivityBench> {
  const folder = await temporaryFolder();
  const stores = openStores({ home: join(folder, 'home'), envelope: null, renderReport: () => '' });
  const environment = new MockActivityEnvironment();
  const requests: ModelRequest[] = [];
  const answers: string[] = [];
  const node = 'w';
  let scripts = new ScriptPool(stores.blobs, scriptThread);
  const build = (): ScriptActivities =>
    createScriptActivities({ ...stores, providers: scriptedProviders(requests, answers), scripts });
  let activities = build();
  let made = 0;
  onTestFinished(() => scripts.close(node));
  const run = async <Result>(work: () => Promise<Result>) =>
    (await environment.run(work)) as Result;
  const step = (): Pick<StepInput, 'key' | 'runId'> => {
    made += 1;
    return { key: { scope: node, step: made, index: 0 }, runId: 'run-1' };
  };
  return {
    stores,
    get activities() {
      return activities;
    },
    requests,
    answers,
    run,
    step,
    async restart() {
      await scripts.close(node);
      scripts = new ScriptPool(stores.blobs, scriptThread);
      activities = build();
    },
    replayed: () => scripts.replayed,
    task: async (script, fields = {}, { args = null, nested = {} } = {}) => ({
      name: 'test',
      path: '/nowhere/test.js',
      source: await stores.blobs.put(JSON.stringify({ text: script, nested })),
      args: await stores.blobs.put(JSON.stringify(args)),
      budgetTokens: null,
      seed: 'seed',
      mostAgents: 1000,
      nowMs: Date.UTC(2026, 0, 1),
      mayWrite: true,
      profiles: [],
      models: [],
      known: null,
      ...fields,
    }),
    said: (content) =>
      stores.blobs.put(
        JSON.stringify({
          version: 1,
          parent: null,
          depth: 1,
          messages: [{ role: 'assistant', content, toolCalls: [] }],
        }),
      ),
    tell: (task, journal, ends = []) => {
      const place = step();
      return run(() => activities.stepScript({ ...place, node, task, journal, ends: [...ends] }));
    },
  };
}

/** A script driven to its end. */
export interface DrivenScript {
  readonly last: StepOutput;
  /** What agents were asked, in that order. */
  readonly asked: readonly string[];
  readonly lines: readonly string[];
  readonly taken: number;
}

/**
 * Carries a script out as a workflow does: what `answer` gives is how its calls end, `pick` says which of those that wait ends next, and
 * before each step where `crashes` says so the worker starts anew.
 */
export async function drive(
  bench: ScriptActivityBench,
  task: ScriptTask,
  how: {
    readonly answer?: (call: AskedCall) => Ended | Promise<Ended>;
    readonly pick?: (waiting: readonly AskedCall[]) => number;
    readonly crashes?: (step: number) => boolean;
  } = {},
): Promise<DrivenScript> {
  const {
    answer = (call) => ({ value: JSON.stringify(`did ${instructionOf(call)}`) }),
    pick = () => 0,
    crashes = () => false,
  } = how;
  const asked: string[] = [];
  const lines: string[] = [];
  const waiting: AskedCall[] = [];
  let taken = 0;
  let last = await bench.tell(task, null);
  for (let step = 1; ; step += 1) {
    taken += last.taken;
    lines.push(...last.lines.map(({ text }) => text));
    waiting.push(...last.calls);
    asked.push(...last.calls.map(instructionOf));
    if (last.state !== 'waiting') return { last, asked, lines, taken };
    if (crashes(step)) await bench.restart();
    const [call] = last.hasMore ? [] : waiting.splice(pick(waiting), 1);
    const ends =
      call === undefined
        ? []
        : [{ id: call.id, spent: asked.length * 10, ...(await answer(call)) } as GivenEnd];
    if (call === undefined && !last.hasMore) throw new Error('nothing waits');
    last = await bench.tell(task, last.journal, ends);
  }
}

/** What an agent was asked; the kind of any other call. */
export function instructionOf(call: AskedCall): string {
  return call.kind === 'agent' ? call.instruction : call.kind;
}
