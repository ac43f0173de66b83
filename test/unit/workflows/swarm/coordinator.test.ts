import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentResult } from '../../../../src/domain/agent/agent.js';
import { runSpending } from '../../../../src/domain/run/ralph-run.js';
import type { Subtask } from '../../../../src/domain/swarm/subtask.js';
import type { Coordinator } from '../../../../src/workflows/swarm/coordinator.js';
import { terminatedChild } from '../../../support/played-run.js';
import { agentEnd, agentOf, playedSwarm } from '../../../support/played-swarm.js';
import { subtask, SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played, type PlayedChild } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

/** What becomes of one subtask, and how many turns of the event loop its agent takes. */
interface Fate {
  readonly kind:
    | 'done'
    | 'failed'
    | 'blocked'
    | 'terminated'
    | 'child-failure'
    | 'no-start'
    | 'no-lane'
    | 'stopped'
    | 'operator'
    | 'conflict'
    | 'no-landing';
  readonly turns: number;
}
interface Node extends Fate {
  readonly subtask: Subtask;
}

const kind = fc.constantFrom<Fate['kind']>(
  'done',
  'done',
  'done',
  'failed',
  'blocked',
  'terminated',
  'child-failure',
  'no-start',
  'no-lane',
  'stopped',
  'operator',
  'conflict',
  'no-landing',
);

/** A plan without circles: each subtask may wait for any before it. */
const plans = fc
  .array(
    fc.record({
      kind,
      turns: fc.nat(6),
      before: fc.array(fc.nat(20), { maxLength: 3 }),
      touches: fc.subarray(['src/a/**', 'src/b/**', 'src/a/x.ts'], { maxLength: 2 }),
      agent: fc.constantFrom('build' as const, 'build' as const, 'explore' as const),
      priority: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((nodes): Node[] =>
    nodes.map(({ before, touches, agent, priority, ...fate }, index) => {
      const dependsOn = [...new Set(before.filter((at) => at < index))].map((at) => `s${at}`);
      return { ...fate, subtask: subtask(`s${index}`, { dependsOn, touches, agent, priority }) };
    }),
  );

/** Lanes are laid out by the swarm, or by their agents. */
const editions = fc.constantFrom(2, 3);

const CALLS = 10_000;
let fates = new Map<string, Node>();

function storyOf(child: PlayedChild): string {
  return agentOf(child).story ?? '';
}

function fateOf(child: PlayedChild): string {
  return fates.get(storyOf(child))?.kind ?? '';
}

/** Runs a plan with such fates; gives everything that can be looked at afterwards. */
async function runPlan(nodes: readonly Node[], parallel: number, edition: number) {
  played.children.length = 0;
  fates = new Map(nodes.map((node) => [node.subtask.id, node]));
  const isFate = (id: string, wanted: Fate['kind']): boolean => fates.get(id)?.kind === wanted;
  const limits = { costMicroUsd: null, tokens: null, calls: CALLS };
  const { state, swarm, fake } = playedSwarm(
    {
      edition,
      subtasks: nodes.map((node) => node.subtask),
      options: { ...SWARM_INPUT.options, parallel, budget: limits },
    },
    {
      beforeSubtask: ({ subtask: { id } }) => {
        if (isFate(id, 'no-lane')) throw ApplicationFailure.nonRetryable('no lane', 'ERR_X');
      },
      beforeLanding: (ids) => {
        if (ids.some((id) => isFate(id, 'no-landing')))
          throw ApplicationFailure.nonRetryable('no landing', 'ERR_X');
      },
      land: (id) =>
        isFate(id, 'conflict')
          ? { id, kind: 'conflict', tree: 't', files: ['f'], locks: [], own: 'own' }
          : undefined,
    },
  );
  const open = new Set<string>();
  let mostOpen = 0;
  played.beforeChild = (child) => {
    if (isFate(storyOf(child), 'no-start')) throw new Error('no child');
  };
  played.childResult = async (child) => {
    const story = storyOf(child);
    open.add(story);
    mostOpen = Math.max(mostOpen, open.size);
    try {
      return await endOf(child, fates.get(story), () => swarm.stop(known(story)));
    } finally {
      open.delete(story);
    }
  };
  const known = (id: string) => {
    const entry = state.entry(id);
    if (entry === undefined) throw new Error(`no subtask ${id}`);
    return entry;
  };
  await swarm.workOff();
  return { state, swarm, fake, mostOpen, stillOpen: open.size };
}

async function endOf(
  child: PlayedChild,
  fate: Fate | undefined,
  stop: () => string,
): Promise<AgentResult> {
  for (let turn = 0; turn < (fate?.turns ?? 0); turn += 1) await nextTurn();
  switch (fate?.kind) {
    case 'failed':
      return agentEnd('limit');
    case 'no-lane':
      // comes here only where agents lay out their lanes by themselves
      return agentEnd('limit', { isUnbegun: true });
    case 'blocked':
      return agentEnd('blocked');
    case 'terminated':
      throw terminatedChild();
    case 'child-failure':
      throw ApplicationFailure.nonRetryable('model gone', 'ERR_PROVIDER_MODEL_GONE');
    case 'operator':
      return agentEnd('cancelled');
    case 'stopped':
      stop();
      await child.whenCancelled;
      return agentEnd('cancelled');
    default:
      return agentEnd('done');
  }
}

beforeEach(() => {
  played.patience = 20_000;
  played.children.length = 0;
  played.beforeChild = () => undefined;
});

/** What a subtask of this fate ends with when it is begun. */
function expectedStatus({ kind: fate, subtask: { agent } }: Node): string {
  if (fate === 'done') return 'unverified';
  // readers bring nothing that could conflict
  if (fate === 'conflict') return agent === 'build' ? 'blocked' : 'unverified';
  if (fate === 'no-landing') return agent === 'build' ? 'failed' : 'unverified';
  if (fate === 'blocked') return 'blocked';
  return fate === 'stopped' || fate === 'operator' ? 'skipped' : 'failed';
}

/** The status of each subtask, worked out from the plan alone. */
function expectedStatuses(nodes: readonly Node[]): [id: string, status: string][] {
  const ends = new Map<string, string>();
  for (const node of nodes) {
    const mayBegin = node.subtask.dependsOn.every((id) => ends.get(id) === 'unverified');
    ends.set(node.subtask.id, mayBegin ? expectedStatus(node) : 'waiting_on_dependency');
  }
  return [...ends];
}

type Ended = Awaited<ReturnType<typeof runPlan>> & { readonly swarm: Coordinator };

async function expectOneEndEach({ state, fake }: Ended): Promise<void> {
  await state.save();
  // handed over until an activity has taken them: the appender drops what it knows
  const log = [...new Map(fake.events.map((event) => [event.seq, event])).values()];
  const told = log.filter(({ type }) => type === 'story.start' || type === 'story.end');
  const place = (type: string, id: string): number =>
    told.findIndex((event) => event.type === type && event.story === id);
  for (const { story, status, attempts } of state.record.stories) {
    const own = told.filter((event) => event.story === story.id).map(({ type }) => type);
    const isBegun = status !== 'waiting_on_dependency';
    expect([own, attempts.length]).toEqual(isBegun ? [['story.start', 'story.end'], 1] : [[], 0]);
    for (const before of isBegun ? story.dependsOn : [])
      expect(place('story.end', before)).toBeLessThan(place('story.start', story.id));
  }
}

/** What was paid is in the record, however the attempt ended. */
function expectSpending({ state, swarm }: Ended): void {
  const silent = new Set(['terminated', 'child-failure']);
  const agents = played.children.filter((child) => !silent.has(fateOf(child)));
  expect(runSpending(state.record).modelCalls).toBe(agents.length);
  expect(swarm.agents.desk.book.take('probe', 1)?.calls).toBe(CALLS - agents.length);
}

describe('any plan, whatever becomes of its agents', () => {
  it('ends with one end for each subtask that began, in the order of dependencies, with every lane and lease given back', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 4 }), editions, async (...plan) => {
        const [nodes, parallel] = plan;
        const ended = await runPlan(...plan);
        const { state, swarm } = ended;
        expect(state.record.stories.map(({ story, status }) => [story.id, status])).toEqual(
          expectedStatuses(nodes),
        );
        await expectOneEndEach(ended);
        expectSpending(ended);
        // what lies in a lane that was never laid out belongs to somebody else
        const unbegun = nodes.filter(({ kind: fate }) => fate === 'no-lane');
        for (const {
          subtask: { id },
        } of unbegun)
          expect(ended.fake.calls.filter((call) => call.startsWith(`keepUnlanded ${id} `))).toEqual(
            [],
          );
        const ids = played.children.map(({ options }) => options.workflowId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ended.mostOpen).toBeLessThanOrEqual(parallel);
        expect(ended.stillOpen).toBe(0);
        const free = Array.from({ length: parallel }, () => swarm.lanes.take('later', true));
        expect(new Set(free.map(({ lane }) => lane.id)).size).toBe(parallel);
      }),
      { numRuns: 150 },
    );
  });
});
