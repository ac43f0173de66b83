import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RUN_UPDATES } from '../../../../src/contracts/messages.js';
import { RunState } from '../../../../src/workflows/lib/run-state.js';
import { refuse, RunSteering } from '../../../../src/workflows/lib/run-steering.js';
import { joinResults } from '../../../../src/workflows/swarm/joined-answer.js';
import { LandingDesk } from '../../../../src/workflows/swarm/landing-desk.js';
import { LaneDesk } from '../../../../src/workflows/swarm/lane-desk.js';
import { OwnCalls, spendingOf } from '../../../../src/workflows/swarm/own-calls.js';
import { planSubtasks } from '../../../../src/workflows/swarm/planning.js';
import { SubtaskAgents } from '../../../../src/workflows/swarm/subtask-agents.js';
import { SubtaskWork } from '../../../../src/workflows/swarm/subtask-work.js';
import { ScriptQuestions } from '../../../../src/workflows/script/script-questions.js';
import { takeSwarmRequests } from '../../../../src/workflows/swarm/swarm-steering.js';
import { swarmWorkflow } from '../../../../src/workflows/swarm/swarm.js';
import { Verification } from '../../../../src/workflows/swarm/verification.js';
import { fakeProof, fakeRef } from '../../../support/fake-activities.js';
import { agentEnd, playedSwarm } from '../../../support/played-swarm.js';
import { subtask, SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const LANES = ['1', '2'].map((id) => ({
  lane: { id: `lane-${id}`, workdir: '.' },
  proofLane: { id: `proof-${id}`, workdir: '.' },
}));
const CHECK = { name: 'test', command: 'true', timeoutMs: 1000 };
const candidate = (id: string) => ({
  subtask: subtask(id),
  title: id,
  attempt: 1,
  lane: { id: `lane-${id}`, workdir: '.' },
  base: 'base',
  result: agentEnd('done'),
});

beforeEach(() => {
  played.patience = 2000;
  played.children.length = 0;
  played.childResult = async () =>
    agentEnd('done', { summary: '{"verdict":"pass","reason":"ok"}' });
});

describe('agents of a swarm', () => {
  it('pause once for a budget that is used up, and say which', () => {
    const { state, swarm } = playedSwarm();
    expect(swarm.agents).toBeInstanceOf(SubtaskAgents);
    swarm.agents.pauseForBudget();
    swarm.agents.pauseForBudget();
    const pauses = state.events.waiting().filter(({ type }) => type === 'run.pause');
    expect(pauses).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^the budget of .* is used up$/) }),
    ]);
    expect(state.standstills.isPaused).toBe(true);
  });
});

describe('lanes', () => {
  it('belong to one writer, or to all readers of one commit until the last has ended', () => {
    const desk = new LaneDesk();
    desk.open(LANES);
    const first = desk.take('base', false);
    const second = desk.take('base', false);
    const writer = desk.take('base', true);
    expect([first === second, writer.lane.id === first.lane.id]).toEqual([true, false]);
    expect(() => desk.take('other', false)).toThrow(
      expect.objectContaining({ code: 'ERR_NO_LANE' }),
    );
    desk.giveBack(first);
    expect(() => desk.take('other', false)).toThrow();
    desk.giveBack(second);
    expect(desk.take('other', true).lane.id).toBe(first.lane.id);
  });
});

describe('work that lands', () => {
  it('goes in one batch with what ends in the same moment, and moves the head', async () => {
    const { state, fake } = playedSwarm();
    const desk = new LandingDesk(state);
    const landed = await Promise.all([desk.land(candidate('a')), desk.land(candidate('b'))]);
    expect(landed.map(({ kind }) => kind)).toEqual(['landed', 'landed']);
    expect(fake.calls).toEqual(['landSubtasks a b']);
    expect(state.record.headCommit).toBe('commit-b-1');
  });

  it('is an attempt with its commit and the files that it wrote elsewhere than it said', async () => {
    const { state, swarm } = playedSwarm({ subtasks: [subtask('a', { touches: ['src/**'] })] });
    const work = new SubtaskWork(state, { agents: swarm.agents, landing: new LandingDesk(state) });
    const taken = { lane: { id: 'lane-0', workdir: '.' }, base: 'base' };
    const end = await work.run(subtask('a', { touches: ['src/**'] }), { attempt: 1, taken });
    expect(end).toMatchObject({
      status: 'unverified',
      commit: 'commit-a-1',
      attempt: { changedFiles: ['a.txt'], spending: { modelCalls: 1 } },
    });
    expect(end.attempt.reason).toContain('wrote outside of what it touches: a.txt');
  });
});

describe('calls of the run itself', () => {
  it('plan the subtasks, once more when the first answer is no plan, and fail after that', async () => {
    const plan = (count: number) =>
      count === 1 ? { problems: ['no JSON'] } : { subtasks: [subtask('a')] };
    const { state, swarm } = playedSwarm({ subtasks: [] }, { plan });
    await planSubtasks(state, swarm);
    expect(state.record).toMatchObject({
      stories: [{ story: { id: 'a' } }],
      overhead: { modelCalls: 2 },
    });
    const bad = playedSwarm({ subtasks: [] }, { plan: () => ({ problems: ['a circle'] }) });
    await expect(planSubtasks(bad.state, bad.swarm)).rejects.toMatchObject({
      type: 'ERR_SWARM_PLAN_INVALID',
      message: expect.stringContaining('a circle'),
    });
  });

  it('join nothing where nobody said anything', async () => {
    const { state, swarm, fake } = playedSwarm();
    await joinResults(state, swarm);
    expect(fake.calls).toEqual([]);
  });

  it('pause the run when the budget does not cover them, and are made when it does', async () => {
    const { state, swarm } = playedSwarm();
    const paused: string[] = [];
    const calls = new OwnCalls(state, {
      desk: swarm.agents.desk,
      pauseForBudget: () => void paused.push('paused'),
    });
    const paid = { usage: spendingOf(PAID).usage, costMicroUsd: 5, repeatedCalls: 0 };
    let tries = 0;
    const result = await calls.pay('join', 1, async () => {
      tries += 1;
      if (tries === 1) throw ApplicationFailure.nonRetryable('too little', 'ERR_BUDGET_RESERVE');
      return paid;
    });
    expect([result, tries, paused]).toEqual([paid, 2, ['paused']]);
  });
});

const PAID = {
  usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0 },
  costMicroUsd: 5,
  repeatedCalls: 0,
} as unknown as Parameters<typeof spendingOf>[0];

describe('the merged result', () => {
  it('is verified by its checks and by most of its judges', async () => {
    const { state, swarm, fake } = playedSwarm({ checks: [CHECK], verify: 3 });
    state.record = { ...state.record, headCommit: 'merged' };
    await new Verification(state, swarm).run();
    expect(fake.calls.filter((name) => name.startsWith('proveMerged'))).toEqual([
      'proveMerged merged',
    ]);
    expect(played.children).toHaveLength(3);
    expect(state.record.swarm?.judgements).toHaveLength(3);
  });

  it('that is red names the first subtask with which it is, by halving', async () => {
    const proveMerged = () => fakeProof('failed');
    const { state, swarm } = playedSwarm({ checks: [CHECK] }, { proveMerged });
    state.record = { ...state.record, headCommit: 'c' };
    swarm.landed.push(...['a', 'b', 'c'].map((id) => ({ id, commit: id })));
    await new Verification(state, swarm).run();
    expect(state.entry('a')?.status).toBe('failed');
    expect(state.record.swarm?.isVerified).toBe(false);
  });
});

describe('requests', () => {
  it('are taken by a swarm before anything else: pause, resume, skip, retry, message', () => {
    const { state, swarm } = playedSwarm();
    played.handlers.clear();
    takeSwarmRequests(state, swarm, new ScriptQuestions(state));
    const { pause, resume, skip, retry, message } = RUN_UPDATES;
    const names = [pause, resume, skip, retry, message].map(({ name }) => name);
    expect([...played.handlers.keys()]).toEqual(expect.arrayContaining(names));
    expect(typeof swarmWorkflow).toBe('function');
  });

  it('are refused with a code', () => {
    expect(() => refuse('ERR_X', 'no')).toThrow(expect.objectContaining({ type: 'ERR_X' }));
  });

  it('pause a run at the moment that was asked for', async () => {
    const until = '2020-01-01T00:00:00.000Z';
    const { state, swarm } = playedSwarm({ options: { ...SWARM_INPUT.options, until } });
    const reasons: (string | null)[] = [];
    const steering = new RunSteering(state, {
      desk: swarm.agents.desk,
      setPaused: (reason) => void reasons.push(reason),
      tryNow: () => undefined,
    });
    played.patience = 0;
    await expect(steering.watchClock()).rejects.toThrow('waits for ever');
    expect(reasons).toEqual([`--until ${until} is reached`]);
  });

  it('wake a run once, and not while they begin something', () => {
    const { state } = playedSwarm();
    expect(state).toBeInstanceOf(RunState);
    state.unwoken(() => state.wake());
    expect(state.isAwake).toBe(false);
    state.wake();
    expect([state.takeNews(), state.takeNews()]).toEqual([true, false]);
  });
});

it('an answer alone stands for itself', async () => {
  const { state, swarm, fake } = playedSwarm({ subtasks: [subtask('a', { agent: 'explore' })] });
  await swarm.workOff();
  await joinResults(state, swarm);
  expect(state.record.swarm?.answer).toMatchObject({ ref: fakeRef(1) });
  expect(fake.joined).toEqual([]);
});
