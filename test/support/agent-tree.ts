import { ApplicationFailure } from '@temporalio/common';
import { taskProfile } from '../../src/contracts/agent-profiles.js';
import type { AgentInput, AgentResult } from '../../src/domain/agent/agent.js';
import type { NewMessage } from '../../src/domain/agent/conversation.js';
import type { ToolCallSummary } from '../../src/domain/agent/tool-call.js';
import type { BlobRef } from '../../src/domain/blob.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { agentWorkflow } from '../../src/workflows/agent/agent.js';
import { fakeReply } from './fake-activities.js';
import { workflowCall } from './workflow-call.js';
import { workflowTree, type Life, type TreeCall } from './workflow-tree.js';

/** One part of a call of `swarm`. */
export interface PlayedSubtask {
  readonly agent: 'build' | 'explore';
  readonly dependsOn: readonly number[];
  readonly touches: readonly string[];
  readonly agentOf: PlayedAgent;
}

/** What an agent does in one turn. */
export type PlayedTurn =
  | {
      readonly kind: 'tasks';
      readonly background: boolean;
      readonly agent: 'explore' | 'general';
      readonly agents: readonly PlayedAgent[];
    }
  | { readonly kind: 'swarm'; readonly subtasks: readonly PlayedSubtask[] }
  /** Agents of these calls are played by the test's own activities. */
  | { readonly kind: 'calls'; readonly calls: readonly ToolCallSummary[] };

/** An agent, what it does, and how and in which of its turns it ends. */
export interface PlayedAgent {
  readonly turns: readonly PlayedTurn[];
  readonly fate: 'done' | 'blocked' | 'refused' | 'fails' | 'killed' | 'cancelled';
  /** Turn in which a fate other than `done` strikes; never later than its last. */
  readonly at: number;
}

/** Everything that could be seen of one tree. */
export interface SeenTree {
  readonly root: Life;
  readonly result: AgentResult | Error;
  readonly lives: readonly Life[];
  readonly calls: readonly TreeCall[];
  /** What each agent was told before each of its model calls, by its id. */
  readonly told: ReadonlyMap<string, readonly (readonly NewMessage[])[]>;
  /** Calls of tools that each agent made in each of its turns. */
  readonly made: ReadonlyMap<string, readonly (readonly ToolCallSummary[])[]>;
  /** The agent behind each life. */
  readonly agents: ReadonlyMap<string, PlayedAgent>;
}

/** Input of the first agent of a tree. */
export const TREE_INPUT: AgentInput = {
  runId: 'run',
  story: 'US-001',
  attempt: 1,
  model: { provider: 'fake', model: 'one' },
  contextWindow: 100_000,
  prompt: refOf('0'),
  workspace: { id: 'key/run/lane-1', workdir: '.' },
  profile: taskProfile('build', 60),
  owner: 'run',
  holder: 'holder',
  subAgents: { depth: 3, count: 100 },
  forks: {
    base: 'base',
    branch: 'work',
    author: { name: 'A', email: 'a@localhost' },
    setup: NO_SETUP,
  },
};

/** A reference that says what it refers to. */
export function refOf(text: string): BlobRef {
  return { digest: text, bytes: 1 };
}

/** Runs a whole tree of real agents; the model and the activities are played. */
export async function playTree(
  agent: PlayedAgent,
  options: {
    readonly input?: Partial<AgentInput>;
    /** What the owner hears; grants are sent with `workflowTree.signal`. */
    readonly owner?: (name: string, argument: unknown) => void;
    readonly activity?: (call: TreeCall) => unknown;
  } = {},
): Promise<SeenTree> {
  const player = new TreePlayer(agent);
  workflowTree.reset();
  workflowTree.workflows = { agentWorkflow };
  workflowTree.outside = (_to, name, argument) => options.owner?.(name, argument);
  workflowTree.answer = (call) => options.activity?.(call) ?? player.answer(call);
  const root = workflowTree.start('agentWorkflow', 'root', { ...TREE_INPUT, ...options.input });
  const result = await root.result.then(
    (value) => value as AgentResult,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const { calls, told, made, agents } = player;
  return { root, result, lives: [...workflowTree.lives], calls, told, made, agents };
}

class TreePlayer {
  readonly calls: TreeCall[] = [];
  readonly told = new Map<string, NewMessage[][]>();
  readonly made = new Map<string, ToolCallSummary[][]>();
  readonly agents = new Map<string, PlayedAgent>();
  private readonly named = new Map<string, PlayedAgent>();

  constructor(agent: PlayedAgent) {
    this.name('0', agent);
  }

  /** Names every agent of the tree by its place in it: its prompt is its name. */
  private name(name: string, agent: PlayedAgent): void {
    this.named.set(name, agent);
    agent.turns.forEach((turn, at) => {
      agentsBelow(turn).forEach((one, index) => this.name(`${name}.${at}-${index}`, one));
    });
  }

  answer(call: TreeCall): unknown {
    this.calls.push(call);
    const { input } = call;
    switch (call.name) {
      case 'beginTask':
        return { prompt: refOf(nameIn(String(input['prompt']))), frozen: {} };
      case 'takeAnswer':
        return { ref: refOf('answer'), preview: '' };
      case 'joinTasks':
        return { ref: refOf('joined'), preview: '' };
      case 'forkLane':
        return { base: 'forked' };
      case 'mergeFork':
        return { kind: 'landed', files: ['f'] };
      case 'callModel':
        return this.callModel(call);
      default:
        return undefined;
    }
  }

  private callModel({ life, input }: TreeCall): unknown {
    const { digest = '' } = (life.input as AgentInput).prompt ?? {};
    const agent = this.named.get(digest);
    if (agent === undefined) throw new Error(`no agent ${digest}`);
    this.agents.set(life.id, agent);
    const told = this.told.get(life.id) ?? [];
    this.told.set(life.id, [...told, input['newMessages'] as NewMessage[]]);
    const turn = told.length;
    const ending = turn === agent.at ? this.strike(agent, life) : undefined;
    if (ending !== undefined) return ending;
    const next = agent.turns[turn];
    if (next === undefined) return fakeReply({ head: refOf('h'), finishReason: 'stop' });
    const calls = callsOf(next, `${digest}.${turn}`);
    this.made.set(life.id, [...(this.made.get(life.id) ?? []), calls]);
    return fakeReply({ head: refOf('h'), calls });
  }

  private strike({ fate }: PlayedAgent, life: Life): unknown {
    if (fate === 'fails') throw ApplicationFailure.nonRetryable('gone', 'ERR_PROVIDER_MODEL_GONE');
    if (fate === 'killed') life.kill();
    if (fate === 'cancelled') life.root.cancel();
    if (fate === 'refused') return fakeReply({ head: refOf('h'), finishReason: 'refusal' });
    if (fate === 'blocked')
      return fakeReply({ head: refOf('h'), finishReason: 'stop', marker: 'blocked' });
    return undefined;
  }
}

function agentsBelow(turn: PlayedTurn): readonly PlayedAgent[] {
  if (turn.kind === 'calls') return [];
  return turn.kind === 'tasks' ? turn.agents : turn.subtasks.map(({ agentOf }) => agentOf);
}

function callsOf(turn: PlayedTurn, name: string): ToolCallSummary[] {
  if (turn.kind === 'calls') return [...turn.calls];
  if (turn.kind === 'swarm') {
    const subtasks = turn.subtasks.map(({ agent, dependsOn, touches }, index) => ({
      id: `s${index}`,
      instruction: `<${name}-${index}>`,
      agent,
      depends_on: dependsOn.map((at) => `s${at}`),
      touches,
    }));
    return [workflowCall('swarm', `${name}/swarm`, { task: 'all', subtasks })];
  }
  const { background, agent } = turn;
  return turn.agents.map((_, index) => {
    const prompt = `<${name}-${index}>`;
    const asked = { description: prompt, prompt, background, agent };
    return { ...workflowCall('task', `${name}/${index}`, asked), index };
  });
}

/** The name in a prompt, whatever stands around it; the first one is the agent's own. */
function nameIn(prompt: string): string {
  return /<([^>]+)>/.exec(prompt)?.[1] ?? prompt;
}
