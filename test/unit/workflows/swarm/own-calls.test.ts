import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { NO_BUDGET, type Budget } from '../../../../src/domain/run/budget.js';
import { OwnCalls } from '../../../../src/workflows/swarm/own-calls.js';
import { playedSwarm } from '../../../support/played-swarm.js';
import { SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const PAID = { usage: ZERO_USAGE, costMicroUsd: 0, repeatedCalls: 0 };

/** Calls of a run that may make so many; a pause is noted, and the run goes on with so many more. */
function callsOf(limit: number, more = 100) {
  const { state, swarm } = playedSwarm({
    options: { ...SWARM_INPUT.options, budget: { ...NO_BUDGET, calls: limit } },
  });
  const { desk } = swarm.agents;
  const paused: string[] = [];
  const pauseForBudget = (): void => {
    paused.push('paused');
    desk.book.setLimits({ calls: (desk.book.limits.calls ?? 0) + more });
  };
  return { calls: new OwnCalls(state, { desk, pauseForBudget }), desk, paused };
}

/** Answers a few turns of the event loop later. */
async function slowly(): Promise<typeof PAID> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  return PAID;
}

beforeEach(() => {
  played.patience = 2000;
});

describe('calls of a run that share its budget', () => {
  it('wait for what the others hold, which may come back, instead of pausing the run', async () => {
    const { calls, paused } = callsOf(4);
    let open = 0;
    let most = 0;
    // the first gets everything and uses one call of it
    const rows = [1, 2, 3, 4].map((row) =>
      calls.pay(`row-${row}`, 1, async () => {
        open += 1;
        most = Math.max(most, open);
        const reply = await slowly();
        open -= 1;
        return reply;
      }),
    );
    await Promise.all(rows);
    expect([paused, most]).toEqual([[], 1]);
  });

  it('pause it when nobody holds anything any more', async () => {
    const { calls, paused } = callsOf(2);
    await Promise.all([1, 2, 3].map((row) => calls.pay(`row-${row}`, 1, slowly)));
    expect(paused).toEqual(['paused']);
  });

  it('try again with all that is free, and once more when another part has come back', async () => {
    const { calls, desk, paused } = callsOf(10);
    const given: (number | null | undefined)[] = [];
    const wants = async (budget: Budget | undefined): Promise<typeof PAID> => {
      given.push(budget?.calls);
      if ((budget?.calls ?? 0) >= 9) return PAID;
      throw ApplicationFailure.nonRetryable('too little', 'ERR_BUDGET_RESERVE');
    };
    const other = calls.pay('row-1', 2, slowly);
    await Promise.all([other, calls.pay('row-2', 2, wants)]);
    expect([given, paused, desk.book.isLent]).toEqual([[2, 5, 9], [], false]);
  });
});
