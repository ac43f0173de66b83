import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { onTestFinished } from 'vitest';
import {
  createScriptActivities,
  type ScriptActivities,
} from '../../src/activities/script/script-activities.js';
import type { AgentInput } from '../../src/domain/agent/agent.js';
import type { BlobRef } from '../../src/domain/blob.js';
import { playTree, refOf, type SeenTree } from './agent-tree.js';
import { fakeReply } from './fake-activities.js';
import { openStores } from '../../src/platform/storage/stores.js';
import { callEnds, type ScriptPlace, type ScriptPool } from '../../src/rlm/script/script-pool.js';
import { ScriptVm } from '../../src/rlm/script/script-vm.js';
import { scriptedProviders } from './swarm-bench.js';
import { temporaryFolder } from './temporary-folder.js';
import { workflowCall } from './workflow-call.js';
import { workflowTree, type TreeCall } from './workflow-tree.js';

/** What one call of the tool `script` came to. */
export interface PlayedScriptCall {
  readonly seen: SeenTree;
  /** The text that the caller was answered with. */
  readonly text: string;
  readonly isError: boolean;
  /** What each agent of the script was asked, in the order of starting. */
  readonly asked: readonly string[];
  /** Inputs of the agents of the script. */
  readonly inputs: readonly AgentInput[];
  /** Names of the activities, in their order. */
  readonly names: readonly string[];
}

const REAL = ['prepareScript', 'stepScript', 'answerScript'] as const;
type Real = (typeof REAL)[number];

/** How an agent answers; what it throws is a failure of its own, `undefined` = it works until it is stopped. */
type Answer = (prompt: string) => string | undefined;

/** Plays a call of `script` by a real agent with the real program; the agents of the script answer by `agents`. */
export async function playScriptCall(
  given: Readonly<Record<string, unknown>>,
  {
    agents = (prompt) => `did ${prompt}`,
    input = {},
    before = [],
    activity = () => undefined,
  }: {
    readonly agents?: Answer;
    readonly input?: Partial<AgentInput>;
    /** Calls that the agent makes in the turn before. */
    readonly before?: readonly ReturnType<typeof workflowCall>[];
    readonly activity?: (call: TreeCall) => unknown;
  } = {},
): Promise<PlayedScriptCall> {
  const stores = await storesOf();
  const player = new Player(stores, agents);
  const script = workflowCall('script', 'the-script', given);
  const turns = [...(before.length === 0 ? [] : [before]), [script]];
  const seen = await playTree(
    { turns: turns.map((calls) => ({ kind: 'calls', calls })), fate: 'done', at: 0 },
    {
      input,
      activity: (call) => {
        // threads take their time, which is no waiting for ever
        workflowTree.patience = 50_000;
        player.names.push(call.name);
        return activity(call) ?? player.answer(call);
      },
    },
  );
  return {
    seen,
    ...(await heard(seen, stores)),
    asked: player.asked,
    inputs: seen.lives.slice(1).map((life) => life.input as AgentInput),
    names: player.names,
  };
}

/** What the caller was answered with. */
async function heard({ told }: SeenTree, { blobs }: Stores) {
  for (const message of (told.get('root') ?? []).flat()) {
    if (!('callId' in message) || message.callId !== 'the-script') continue;
    const { isError } = message;
    const text = message.kind === 'tool' ? await blobs.getText(message.ref) : message.text;
    return { isError, text };
  }
  return { isError: false, text: '' };
}

class Player {
  readonly names: string[] = [];
  readonly asked: string[] = [];
  private readonly blobs: Stores['blobs'];
  private readonly activities: ScriptActivities;
  private readonly agents: Answer;

  constructor(stores: Stores, agents: Answer) {
    this.blobs = stores.blobs;
    this.agents = agents;
    const scripts = new ThreadlessScripts(stores.blobs) as unknown as ScriptPool;
    const providers = scriptedProviders([], []);
    this.activities = createScriptActivities({ ...stores, providers, scripts });
  }

  answer(call: TreeCall): unknown {
    const { name, input, life } = call;
    if (REAL.includes(name as Real)) return this.real(name as Real, input);
    if (name === 'beginTask') return this.begin(input);
    if (name === 'takeAnswer') return this.take((input['conversation'] as BlobRef).digest);
    if (name !== 'callModel' || life.id === 'root') return undefined;
    const prompt = (life.input as AgentInput).prompt?.digest ?? '';
    const said = this.agents(prompt);
    if (said !== undefined) return fakeReply({ head: refOf(said), finishReason: 'stop' });
    return new Promise((resolve) => {
      life.root.whenCancelled(() => resolve(fakeReply()));
    });
  }

  private real(name: Real, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const work = this.activities[name] as (given: unknown) => Promise<unknown>;
    return new MockActivityEnvironment().run(() => work(input));
  }

  private async begin(input: Readonly<Record<string, unknown>>) {
    const before = await this.blobs.getText(input['promptRef'] as BlobRef);
    const prompt = [before, input['prompt'] as string].filter((part) => part !== '').join('\n');
    this.asked.push(prompt);
    return { prompt: refOf(prompt), frozen: {} };
  }

  private async take(said: string) {
    return { ref: await this.blobs.put(said), preview: said };
  }
}

/** An agent of a script that fails for good. */
export function failForGood(): never {
  throw ApplicationFailure.nonRetryable('the model is gone', 'ERR_PROVIDER_MODEL_GONE');
}

type Stores = ReturnType<typeof openStores>;

async function storesOf(): Promise<Stores> {
  const home = await temporaryFolder();
  return openStores({ home, envelope: null, renderReport: () => '' });
}

/** The scripts of a worker, evaluated where they are asked for: a thread of their own costs a test a second. */
class ThreadlessScripts implements Pick<ScriptPool, 'step' | 'close'> {
  private readonly open = new Map<string, ScriptVm>();
  private readonly blobs: Stores['blobs'];

  constructor(blobs: Stores['blobs']) {
    this.blobs = blobs;
    onTestFinished(() => {
      for (const vm of this.open.values()) vm.dispose();
    });
  }

  async step(
    { node, settings, readProgram }: ScriptPlace,
    ends: Parameters<ScriptPool['step']>[1],
  ): ReturnType<ScriptPool['step']> {
    const vm = this.open.get(node) ?? (await ScriptVm.open(settings));
    this.open.set(node, vm);
    const step =
      ends === null ? vm.start(await readProgram()) : vm.settle(await callEnds(ends, this.blobs));
    return { outcome: { kind: 'step', step }, kept: () => undefined };
  }

  async close(node: string): Promise<void> {
    this.open.get(node)?.dispose();
    this.open.delete(node);
    return Promise.resolve();
  }
}
