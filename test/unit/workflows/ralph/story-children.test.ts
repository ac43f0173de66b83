import { CancelledFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryInput } from '../../../../src/contracts/workflow-types.js';
import { NO_BUDGET, type Budget } from '../../../../src/domain/run/budget.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { ActiveStories } from '../../../../src/workflows/ralph/active-stories.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { StoryChildren } from '../../../../src/workflows/ralph/story-children.js';
import { terminatedChild } from '../../../support/played-run.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const FACTS = { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z', sandbox: 'full' };
const INPUT = {
  runId: RALPH_INPUT.runId,
  story: story('US-001'),
  attempt: 1,
  branch: RALPH_INPUT.branch,
  checks: [],
  options: RALPH_INPUT.options,
} as unknown as StoryInput;

function children(budget: Budget) {
  const input = { ...RALPH_INPUT, options: { ...RALPH_INPUT.options, budget } };
  const state = new RunState(input, openRecord(input, FACTS));
  const active = new ActiveStories();
  const halts: string[] = [];
  const halt = async (reason: string): Promise<void> => {
    halts.push(reason);
    state.standstills.setPaused(reason, FACTS.startedAt);
    played.onPause = () => state.standstills.setPaused(null, FACTS.startedAt);
  };
  return {
    state,
    active,
    halts,
    own: new StoryChildren(state, { active, sharers: () => 1, halt }),
  };
}

const calls = (modelCalls: number) => ({ ...ZERO_SPENDING, modelCalls });

beforeEach(() => {
  played.children.length = 0;
});

describe('the children of a run', () => {
  it('get a lease under a name of their own, and none where nothing is limited', () => {
    const { own } = children({ ...NO_BUDGET, calls: 10 });
    const place = `workflow-1/${RALPH_INPUT.runId}/US-001/1`;
    expect(own.lend('US-001', '1')).toEqual({
      holder: place,
      lease: { ...NO_BUDGET, calls: 10 },
    });
    expect(children(NO_BUDGET).own.lend('US-001', '1').lease).toBeUndefined();
  });

  it('give back what they did not use when they end', async () => {
    const { own } = children({ ...NO_BUDGET, calls: 10 });
    const spending = { ...ZERO_SPENDING, modelCalls: 4 };
    played.childResult = async () => ({
      attempt: { outcome: 'passed', spending },
      agent: { spending },
    });
    const { holder } = own.lend('US-001', '1');
    await own.run(INPUT, holder);
    expect(own.lend('US-003', '1').lease).toEqual({ ...NO_BUDGET, calls: 6 });
  });

  it('give back everything when they were cancelled before they began', async () => {
    const { own } = children({ ...NO_BUDGET, calls: 10 });
    const { holder } = own.lend('US-001', '1');
    const cancelled = new CancelledFailure('cancelled');
    played.childResult = () => Promise.reject(cancelled);
    await expect(own.run(INPUT, holder)).rejects.toBe(cancelled);
    expect(own.lend('US-003', '1').lease).toEqual({ ...NO_BUDGET, calls: 10 });
  });

  it('that were cancelled without a result give back what they had not told to be spent', async () => {
    const { own } = children({ ...NO_BUDGET, calls: 10 });
    const { holder } = own.lend('US-001', '1');
    own.noteStandstill({ story: 'US-001', holder, standstill: null, spending: calls(4) });
    const cancelled = new CancelledFailure('cancelled');
    played.childResult = () => Promise.reject(cancelled);
    await expect(own.run(INPUT, holder)).rejects.toBe(cancelled);
    expect(own.lend('US-003', '1').lease).toEqual({ ...NO_BUDGET, calls: 6 });
  });

  it('leave no wait behind when another one holds the lease of their story', () => {
    const { own, state } = children({ ...NO_BUDGET, calls: 10 });
    const { holder } = own.lend('US-001', '1');
    const standstill = { reason: 'the disk is full', until: null, isPaused: true };
    own.noteStandstill({ story: 'US-001', holder, standstill });
    expect(state.standstills.show(1).status).toBe('paused');
    own.lend('US-001', '1/merge');
    expect(state.standstills.show(1)).toEqual({ status: 'running', standstill: null });
    own.noteStandstill({ story: 'US-001', holder, standstill });
    expect(state.standstills.show(1).status).toBe('running');
  });

  it('resolve a conflict again, once resumed, when somebody ended the agent from outside', async () => {
    const { own, halts } = children({ ...NO_BUDGET, calls: 10 });
    played.childResult = async ({ options: { workflowId } }) => {
      if (workflowId.endsWith('/merge/2'))
        return {
          attempt: { outcome: 'passed', spending: calls(1) },
          agent: { spending: calls(1) },
        };
      own.noteStandstill({
        story: 'US-001',
        holder: workflowId,
        standstill: null,
        spending: calls(2),
      });
      throw terminatedChild();
    };
    expect((await own.resolve(INPUT)).attempt.spending).toEqual(calls(3));
    expect(halts).toEqual(['the merge of US-001 was terminated by Temporal operator']);
    expect(played.children.map(({ options: { workflowId } }) => workflowId)).toEqual(
      ['merge', 'merge/2'].map((place) => `workflow-1/${RALPH_INPUT.runId}/US-001/1/${place}`),
    );
    expect(own.lend('US-003', '1').lease).toEqual({ ...NO_BUDGET, calls: 7 });
  });

  it('resolve a conflict on a lease of their own, told whether the run is paused', async () => {
    const { own, state } = children({ ...NO_BUDGET, calls: 10 });
    const spending = { ...ZERO_SPENDING, modelCalls: 1 };
    played.childResult = async () => ({
      attempt: { outcome: 'passed', spending },
      agent: { spending },
    });
    state.standstills.setPaused('by request', FACTS.startedAt);
    await own.resolve({ ...INPUT, lease: { ...NO_BUDGET, calls: 1 } });
    expect(played.children[0]?.options).toMatchObject({
      workflowId: `workflow-1/${RALPH_INPUT.runId}/US-001/1/merge`,
      args: [{ isPaused: true, lease: { ...NO_BUDGET, calls: 10 } }],
    });
  });
});
