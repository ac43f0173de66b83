import { describe, expect, it, vi } from 'vitest';
import type { AgentInput, AgentResult } from '../../../../src/domain/agent/agent.js';
import { fork } from '../../../../src/workflows/agent/forks.js';
import { limitsOf } from '../../../../src/workflows/agent/start-task.js';
import { SubAgents } from '../../../../src/workflows/agent/sub-agents.js';
import type { TaskOwner } from '../../../../src/workflows/agent/task.js';
import {
  playTree,
  TREE_INPUT,
  type PlayedAgent,
  type PlayedTurn,
} from '../../../support/agent-tree.js';
import { workflowTree } from '../../../support/workflow-tree.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { workflowTree: tree } = await import('../../../support/workflow-tree.js');
  return tree.module(await original());
});

const agent = (
  turns: readonly PlayedTurn[] = [],
  fate: PlayedAgent['fate'] = 'done',
  at = 0,
): PlayedAgent => ({ turns, fate, at });
const tasks = (
  agents: readonly PlayedAgent[],
  more: Partial<Extract<PlayedTurn, { kind: 'tasks' }>> = {},
): PlayedTurn => ({ kind: 'tasks', background: false, agent: 'general', agents, ...more });
const calls = (limit: number) => ({ costMicroUsd: null, tokens: null, calls: limit });
const textsOf = (told: readonly (readonly object[])[] | undefined): string[] =>
  (told ?? []).flat().flatMap((message) => ('text' in message ? [String(message.text)] : []));

describe('agents below an agent', () => {
  it('are as many as its limits leave, which have a default', () => {
    const { subAgents: _none, ...input } = TREE_INPUT;
    expect(limitsOf(input)).toEqual({ depth: 1, count: 20 });
    const owner = { input, state: { tasks: 3, tasksBelow: 15 } } as unknown as TaskOwner;
    expect(new SubAgents(owner).left).toBe(2);
  });

  it('are not fewer because questions over its own past were asked, which have a limit of their own', () => {
    const state = { tasks: 6, recalls: 4, tasksBelow: 3 };
    const leftOf = (limits: AgentInput['subAgents']): unknown => {
      const owner = { input: { ...TREE_INPUT, subAgents: limits }, state };
      const { left, recallsLeft } = new SubAgents(owner as unknown as TaskOwner);
      return { left, recallsLeft };
    };
    expect(leftOf({ depth: 1, count: 20, recalls: 4 })).toEqual({ left: 15, recallsLeft: 0 });
    const before = { state: { tasks: 6 }, input: TREE_INPUT } as unknown as TaskOwner;
    expect(new SubAgents(before)).toMatchObject({ left: 94, recallsLeft: undefined });
  });

  it('have no lane of their own where their starter cannot make one', async () => {
    const { forks: _none, ...input } = TREE_INPUT;
    const owner = { input } as unknown as TaskOwner;
    await expect(fork(owner, { place: '1', title: 't' })).rejects.toMatchObject({
      code: 'ERR_NO_LANE',
    });
  });
});

describe('an agent that another one started', () => {
  it('is told of a pause that came while it was being started, and of its end', async () => {
    const seen = await playTree(agent([tasks([agent([tasks([agent()])])])]), {
      activity: ({ name, life }) => {
        // it works already, and its starter has no handle of it yet
        if (name === 'callModel' && life.id === 'root/task/1' && workflowTree.signals.length === 0)
          workflowTree.signal('root', 'pauseAgent', undefined);
        return undefined;
      },
      owner: (name, argument) => {
        const { standstill } = argument as { standstill: { reason: string } | null };
        if (name === 'agentStandstill' && standstill !== null)
          setImmediate(() => workflowTree.signal('root', 'resumeAgent', undefined));
      },
    });
    expect((seen.result as AgentResult).outcome).toBe('done');
    expect(workflowTree.signals.slice(0, 2)).toEqual(['root pauseAgent', 'root/task/1 pauseAgent']);
    expect(workflowTree.signals).toContain('root/task/1 resumeAgent');
  });

  it('costs its starter what it told before it failed, and gives the rest back', async () => {
    const failing = agent([tasks([agent()])], 'fails', 1);
    const seen = await playTree(agent([tasks([failing])]), { input: { lease: calls(9) } });
    expect(textsOf(seen.told.get('root'))).toEqual(['The agent ended without a result: gone']);
    // two of the starter, one of the failed one, one of the agent below that
    expect((seen.result as AgentResult).spending.modelCalls).toBe(4);
  });

  it('ends with a reason when it cannot be started, and its starter goes on', async () => {
    const seen = await playTree(agent([tasks([agent()])]), {
      activity: ({ name }) => {
        if (name === 'beginTask') throw new Error('no such store');
        return undefined;
      },
    });
    expect((seen.result as AgentResult).outcome).toBe('done');
    expect(textsOf(seen.told.get('root'))).toEqual([
      'The agent ended without a result: no such store',
    ]);
  });

  it('counts with all that are below it, and each level ends', async () => {
    const deep = agent([tasks([agent([tasks([agent()])])])]);
    const seen = await playTree(deep, { input: { subAgents: { depth: 2, count: 5 } } });
    const limits = seen.lives.map(({ input }) => (input as AgentInput).subAgents);
    expect(limits).toEqual([
      { depth: 2, count: 5 },
      { depth: 1, count: 4 },
      { depth: 0, count: 0 },
    ]);
    expect((seen.result as AgentResult).tasks).toBe(2);
    const tools = seen.lives.map(({ input }) => (input as AgentInput).profile?.tools);
    expect(tools.map((names) => names?.includes('task'))).toEqual([true, true, false]);
  });

  it('works in the files of its starter, or in a copy of its own in the background', async () => {
    const seen = await playTree(
      agent([
        tasks([agent()]),
        tasks([agent([tasks([agent()], { background: true })])], { background: true }),
      ]),
    );
    expect(seen.lives.map(({ input }) => (input as AgentInput).workspace.id)).toEqual([
      'key/run/lane-1',
      'key/run/lane-1',
      'key/run/lane-1-t2',
      'key/run/lane-1-t2.1',
    ]);
    expect(seen.calls.flatMap(({ name, input }) => (name === 'mergeFork' ? [input] : []))).toEqual([
      expect.objectContaining({
        fork: { id: 'key/run/lane-1-t2.1', workdir: '.' },
        isWanted: true,
      }),
      expect.objectContaining({ fork: { id: 'key/run/lane-1-t2', workdir: '.' }, isWanted: true }),
    ]);
  });

  it('that was killed in the background leaves what it had changed under a name that its starter is told', async () => {
    const seen = await playTree(agent([tasks([agent([], 'killed')], { background: true })]), {
      activity: ({ name, input }) =>
        name === 'mergeFork'
          ? {
              kind: input['isWanted'] === true ? 'landed' : 'kept',
              files: ['x'],
              commit: 'c0ffee',
              ref: 'r',
            }
          : undefined,
    });
    expect((seen.result as AgentResult).outcome).toBe('done');
    expect(textsOf(seen.told.get('root')).filter((text) => text.startsWith('The task'))).toEqual([
      expect.stringMatching(/terminated.*What it had changed \(x\) is kept in commit c0ffee/),
    ]);
  });

  it('is refused in the background where it could have no copy', async () => {
    const { forks: _none, ...input } = TREE_INPUT;
    const seen = await playTree(agent([tasks([agent()], { background: true })]), {
      input: { ...input, forks: undefined },
    });
    expect(seen.lives).toHaveLength(1);
    expect(textsOf(seen.told.get('root'))[0]).toContain('leave background out');
  });
});
