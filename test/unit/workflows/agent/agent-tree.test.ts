import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { AgentInput, AgentResult } from '../../../../src/domain/agent/agent.js';
import {
  playTree,
  type PlayedAgent,
  type PlayedTurn,
  type SeenTree,
} from '../../../support/agent-tree.js';
import { workflowTree } from '../../../support/workflow-tree.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { workflowTree: tree } = await import('../../../support/workflow-tree.js');
  return tree.module(await original());
});

const fate = fc.constantFrom<PlayedAgent['fate']>(
  'done',
  'done',
  'done',
  'done',
  'blocked',
  'refused',
  'fails',
  'killed',
  'cancelled',
);

/** Agents that start agents, down to a depth; swarms are plans without circles. */
function agents(depth: number): fc.Arbitrary<PlayedAgent> {
  const turns: fc.Arbitrary<PlayedTurn[]> =
    depth === 0 ? fc.constant([]) : fc.array(turnsAbove(depth), { maxLength: depth });
  return fc
    .record({ turns, fate, at: fc.nat(3) })
    .map(({ at, ...agent }) => ({ ...agent, at: Math.min(at, agent.turns.length) }));
}

function turnsAbove(depth: number): fc.Arbitrary<PlayedTurn> {
  const below = agents(depth - 1);
  const tasks = fc.record({
    kind: fc.constant('tasks' as const),
    background: fc.boolean(),
    agent: fc.constantFrom('explore' as const, 'general' as const),
    agents: fc.array(below, { minLength: 1, maxLength: 2 }),
  });
  const subtask = fc.record({
    agent: fc.constantFrom('build' as const, 'build' as const, 'explore' as const),
    before: fc.array(fc.nat(4), { maxLength: 2 }),
    touches: fc.subarray(['a/**', 'b/**']),
    agentOf: below,
  });
  const swarm = fc.array(subtask, { minLength: 1, maxLength: 4 }).map((subtasks) => ({
    kind: 'swarm' as const,
    subtasks: subtasks.map(({ before, ...rest }, index) => ({
      ...rest,
      dependsOn: [...new Set(before.filter((at) => at < index))],
    })),
  }));
  return fc.oneof(tasks, swarm);
}

/** Answers whoever stands still for more of the budget, and nobody else. */
function owner(name: string, argument: unknown): void {
  if (name !== 'requestLease') return;
  const { needed, canWait } = argument as {
    needed: Record<'costMicroUsd' | 'tokens' | 'calls', number>;
    canWait?: boolean;
  };
  if (canWait === true) return;
  setImmediate(() => {
    const added = { costMicroUsd: null, tokens: null, calls: needed.calls };
    workflowTree.signal('root', 'grantLease', { added });
  });
}

const idsOf = (messages: SeenTree['told'] extends ReadonlyMap<string, infer M> ? M : never) =>
  messages.flat().flatMap((message) => ('callId' in message ? [message.callId] : []));

/** Every call of an agent that went on was answered once, before its next turn. */
function expectOneAnswerEach({ told, made }: SeenTree): void {
  for (const [id, calls] of made) {
    const heard = told.get(id) ?? [];
    calls.forEach((asked, turn) => {
      if (turn + 1 >= heard.length) return;
      const answered = idsOf([heard[turn + 1] ?? []]).toSorted();
      expect(answered).toEqual(asked.map((call) => call.id).toSorted());
    });
    expect(new Set(idsOf(heard)).size).toBe(idsOf(heard).length);
  }
}

/** One that was started in the background is heard of once by an agent that ended well, and never twice. */
async function expectOneNoticeEach({ told, lives }: SeenTree): Promise<void> {
  for (const life of lives) {
    const said = (told.get(life.id) ?? [])
      .flat()
      .flatMap((message) => ('text' in message ? [message] : []));
    const started = said.filter(({ text }) => text.startsWith('Started as agent')).length;
    const notices = said.filter(({ text }) => text.startsWith('The task ')).length;
    expect(notices).toBeLessThanOrEqual(started);
    if (life.isDead) continue;
    const result = await life.result.then(
      (value) => value as AgentResult,
      () => undefined,
    );
    if (result?.outcome === 'done') expect(notices).toBe(started);
  }
}

function expectNothingTwice({ lives, calls }: SeenTree): void {
  const ids = lives.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const step of ['forkLane', 'mergeFork']) {
    const lanes = calls
      .filter(({ name }) => name === step)
      .map(({ input }) => (input['fork'] as { id: string }).id);
    expect(new Set(lanes).size).toBe(lanes.length);
  }
  // what one step noted is never read by another one
  const keys = calls.flatMap(({ input }) => ('key' in input ? [JSON.stringify(input['key'])] : []));
  expect(new Set(keys).size).toBe(keys.length);
  for (const { name, input } of calls) {
    if (name !== 'joinTasks') continue;
    const named = (input['subtasks'] as { id: string }[]).map(({ id }) => id);
    expect(named).toEqual(named.map((_, index) => `s${index}`));
  }
}

/** Whoever only reads starts nobody who may do more. */
function expectReaders({ lives }: SeenTree): void {
  for (const life of lives) {
    const { profile } = life.input as AgentInput;
    for (const child of life.children)
      if (profile?.isReadOnly === true)
        expect((child.input as AgentInput).profile?.isReadOnly).toBe(true);
  }
}

/** Where nobody was killed, everything that was paid is in the result of the first agent. */
function expectSpending({ result, lives }: SeenTree): void {
  if (result instanceof Error || lives.some(({ isDead }) => isDead)) return;
  const paid = workflowTree.answered.filter((name) => name === 'callModel').length;
  expect(result.spending.modelCalls).toBe(paid);
}

describe('any tree of agents, whatever becomes of them', () => {
  it.each([
    ['without a limit', undefined],
    ['with a budget that is used up again and again', 3],
  ])('ends, with one end for each call and each agent, %s', async (_, calls) => {
    await fc.assert(
      fc.asyncProperty(agents(3), async (agent) => {
        const lease =
          calls === undefined ? {} : { lease: { costMicroUsd: null, tokens: null, calls } };
        const seen = await playTree(agent, { input: lease, owner });
        if (seen.result instanceof Error) {
          // only what it was made for ends the first agent without a result
          expect([agent.fate, seen.result.message]).toEqual([
            expect.stringMatching(/^(fails|killed)$/),
            expect.any(String),
          ]);
          return;
        }
        // what a killed agent started is asked to end, and ends a little later
        await Promise.allSettled(seen.lives.map((life) => life.result));
        expect(seen.lives.filter(({ isOver }) => !isOver).map(({ id }) => id)).toEqual([]);
        expectOneAnswerEach(seen);
        await expectOneNoticeEach(seen);
        expectNothingTwice(seen);
        expectReaders(seen);
        expectSpending(seen);
      }),
      { numRuns: 150 },
    );
  });
});
