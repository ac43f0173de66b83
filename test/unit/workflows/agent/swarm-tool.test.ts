import { describe, expect, it, vi } from 'vitest';
import type { AgentInput } from '../../../../src/domain/agent/agent.js';
import { parseSwarmCall } from '../../../../src/workflows/agent/swarm-tool.js';
import { playTree, type PlayedAgent, type PlayedSubtask } from '../../../support/agent-tree.js';
import { workflowCall } from '../../../support/workflow-call.js';
import type { TreeCall } from '../../../support/workflow-tree.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { workflowTree: tree } = await import('../../../support/workflow-tree.js');
  return tree.module(await original());
});

const answers = (fate: PlayedAgent['fate'] = 'done'): PlayedAgent => ({ turns: [], fate, at: 0 });
const part = (more: Partial<PlayedSubtask> = {}): PlayedSubtask => ({
  agent: 'build',
  dependsOn: [],
  touches: [],
  agentOf: answers(),
  ...more,
});
const starter = (...subtasks: PlayedSubtask[]): PlayedAgent => ({
  turns: [{ kind: 'swarm', subtasks }],
  fate: 'done',
  at: 0,
});
const reports = (calls: readonly TreeCall[]) =>
  calls.flatMap(({ name, input }) =>
    name === 'joinTasks' ? (input['subtasks'] as { id: string; how: string }[]) : [],
  );
const call = (input: object) => workflowCall('swarm', 'c', input);
const entry = (id: string, dependsOn: string[] = []) => ({
  id,
  instruction: `Do ${id}`,
  depends_on: dependsOn,
});

describe('the plan in a call', () => {
  it('is read as that of a plan file', () => {
    expect(parseSwarmCall(call({ task: 'All', subtasks: [entry('a')] }))).toMatchObject({
      task: 'All',
      subtasks: [{ id: 'a', agent: 'build', dependsOn: [], touches: [], priority: 1 }],
    });
  });

  it.each([
    ['a circle', [entry('a', ['b']), entry('b', ['a'])], 'in a circle: a -> b -> a'],
    ['itself', [entry('a', ['a'])], '"a" waits for itself'],
    ['nobody', [entry('a', ['x'])], 'depends on "x", which is no subtask of this plan'],
    ['two of one name', [entry('a'), entry('a')], 'id "a" is already used by subtasks[0]'],
    ['none', [], 'there is no subtask in it'],
  ])('is answered with what is wrong with it: %s', (_, subtasks, problem) => {
    expect(parseSwarmCall(call({ task: 'All', subtasks }))).toEqual({
      problem: expect.stringContaining(problem),
    });
  });

  it('is one sentence when it cannot be read at all', () => {
    const { arguments: _left, ...none } = call({});
    expect(parseSwarmCall(none)).toEqual({ problem: 'the arguments are too long.' });
    expect(parseSwarmCall({ ...none, arguments: '{' })).toEqual({
      problem: 'the arguments are not valid JSON.',
    });
  });
});

describe('a call of swarm', () => {
  it('starts what depends on others when their files are there, with what they answered', async () => {
    const { calls, lives } = await playTree(
      starter(part(), part({ agent: 'explore' }), part({ dependsOn: [0, 1] })),
    );
    const order = calls.flatMap(({ name, input }) =>
      name === 'beginTask'
        ? [`begin ${JSON.stringify(input['results'] ?? null)}`]
        : name === 'mergeFork'
          ? ['merge']
          : [],
    );
    const answer = { digest: 'answer', bytes: 1 };
    expect(order).toEqual([
      'begin null',
      'begin null',
      'merge',
      'merge',
      `begin ${JSON.stringify([
        { id: 's0', files: ['f'], answer },
        { id: 's1', files: ['f'], answer },
      ])}`,
      'merge',
    ]);
    expect(lives.map(({ input }) => (input as AgentInput).profile?.name)).toEqual([
      'build',
      'general',
      'explore',
      'general',
    ]);
  });

  it('never has two work side by side that may write the same files', async () => {
    const open = new Set<string>();
    let most = 0;
    await playTree(starter(part({ touches: ['a/**'] }), part({ touches: ['a/x.ts'] })), {
      activity: ({ name, life }) => {
        if (name === 'callModel' && life.id !== 'root')
          most = Math.max(most, open.add(life.id).size);
        if (name === 'mergeFork') open.clear();
        return undefined;
      },
    });
    expect(most).toBe(1);
  });

  it('ends with what became of each: one that fails stops only those that depend on it', async () => {
    const { calls } = await playTree(
      starter(
        part({ agentOf: answers('fails') }),
        part({ dependsOn: [0] }),
        part({ dependsOn: [1] }),
        part({ touches: ['g'] }),
        part({ agentOf: answers('killed') }),
      ),
    );
    expect(reports(calls)).toEqual([
      expect.objectContaining({ id: 's0', how: 'failed', reason: expect.stringContaining('gone') }),
      expect.objectContaining({ id: 's1', how: 'waiting', reason: 's0 did not end well' }),
      expect.objectContaining({ id: 's2', how: 'waiting', reason: 's1 did not end well' }),
      expect.objectContaining({
        id: 's3',
        how: 'done',
        files: 'It changed f: these changes are in your files now.',
        outside: ['f'],
      }),
      expect.objectContaining({
        id: 's4',
        how: 'failed',
        reason: expect.stringContaining('terminated'),
      }),
    ]);
  });

  it('takes a conflict for a failure, and says where the work is', async () => {
    const { calls } = await playTree(starter(part(), part({ dependsOn: [0] })), {
      activity: ({ name }) =>
        name === 'mergeFork'
          ? {
              kind: 'conflict',
              conflicts: ['x'],
              files: ['x', 'y'],
              commit: 'c0ffee',
              ref: 'refs/kept',
            }
          : undefined,
    });
    const [first, second] = reports(calls);
    expect(first).toMatchObject({
      how: 'failed',
      files: expect.stringContaining('git show c0ffee:FILE'),
    });
    expect(second).toMatchObject({ how: 'waiting' });
  });

  it('lets those who only read work in the files of their starter where nobody writes', async () => {
    const { lives, calls } = await playTree(starter(part({ agent: 'explore' })));
    expect(lives.map(({ input }) => (input as AgentInput).workspace.id)).toEqual([
      'key/run/lane-1',
      'key/run/lane-1',
    ]);
    expect(calls.some(({ name }) => name === 'forkLane')).toBe(false);
  });

  it.each([
    [
      'more than are left',
      { subAgents: { depth: 1, count: 1 } },
      'at most 1 agents may be started here',
    ],
    [
      'agents where there may be none',
      { subAgents: { depth: 0, count: 9 } },
      'not available to this agent',
    ],
    ['writers where there are no lanes', { forks: undefined }, 'cannot work side by side here'],
  ])('refuses %s', async (_, input, problem) => {
    const { told, lives } = await playTree(starter(part(), part()), { input });
    expect(lives).toHaveLength(1);
    expect(JSON.stringify(told.get('root'))).toContain(problem);
  });
});
