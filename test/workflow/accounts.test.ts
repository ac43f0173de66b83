import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { runSpending, type RunRecord } from '../../src/domain/run/ralph-run.js';
import { fakeCall, fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import { RALPH_INPUT, statuses, withRalph, type OpenRun } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
const real = useDevelopmentServer();

const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

/** A call that only ends by being cancelled. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(timer));
}

/** Two turns, then a call that never ends, for US-001; the others end at once. */
const stuckAfterTwo: FakeScript = {
  callModel: (call, count) => {
    if (call.story !== 'US-001') return fakeReply({ calls: [storyDone()] });
    return count <= 2 ? fakeReply({ calls: [fakeCall('edit')] }) : untilCancelled();
  },
};

const limited = (calls: number, parallel = 1) => ({
  stories: [story('US-001'), story('US-002')],
  options: {
    ...RALPH_INPUT.options,
    parallel,
    maxAttempts: 1,
    budget: { costMicroUsd: null, tokens: null, calls },
  },
});

async function lastRecord(run: OpenRun): Promise<RunRecord> {
  await run.handle.result().catch(() => undefined);
  return run.fake.records.at(-1) as RunRecord;
}

describe('what was spent', () => {
  it('by a story that is skipped stays in the account, and its lease comes back', async () => {
    const record = await withRalph(
      environment(),
      { input: limited(4), script: stuckAfterTwo },
      async (run) => {
        await until(() => expect(run.fake.modelInputs).toHaveLength(3));
        await run.update('skip', { story: 'US-001' });
        return lastRecord(run);
      },
    );
    expect(statuses(record)).toEqual(['US-001 skipped 1', 'US-002 passed 1']);
    expect(record.stories[0]?.attempts[0]).toMatchObject({
      outcome: 'cancelled',
      reason: 'cancelled by request',
      spending: { turns: 2, modelCalls: 2, costMicroUsd: 10 },
    });
    expect(runSpending(record)).toMatchObject({ modelCalls: 3, costMicroUsd: 15 });
  });

  it('by a run that is cancelled stays in the account', async () => {
    const record = await withRalph(
      environment(),
      { input: limited(9), script: stuckAfterTwo },
      async (run) => {
        await until(() => expect(run.fake.modelInputs).toHaveLength(3));
        await run.handle.cancel();
        return lastRecord(run);
      },
    );
    expect(record.status).toBe('cancelled');
    expect(statuses(record)).toEqual(['US-001 pending 1', 'US-002 pending 0']);
    expect(runSpending(record)).toMatchObject({ modelCalls: 2, costMicroUsd: 10 });
  });
});

/** What somebody does to the run once so many model calls were answered. */
const actionSchema = fc.record({
  after: fc.integer({ min: 1, max: 12 }),
  what: fc.constantFrom('skip', 'pause', 'cancel'),
  story: fc.constantFrom('US-001', 'US-002', 'US-003'),
});

async function act(run: OpenRun, action: { what: string; story: string }): Promise<void> {
  if (action.what === 'cancel') return void (await run.handle.cancel().catch(() => undefined));
  const ignore = (): undefined => undefined;
  if (action.what === 'skip')
    return void (await run.update('skip', { story: action.story }).catch(ignore));
  await run.update('pause', { reason: '' }).catch(ignore);
  await run.update('resume', { budget: { calls: 40 } }).catch(ignore);
}

describe('the accounts', () => {
  it('add up under random skips, pauses, cancellations and kills', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(actionSchema, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 2 }),
        fc.integer({ min: 1, max: 3 }),
        async (actions, kills, parallel) => {
          let answered = 0;
          let tries = 0;
          let run: OpenRun | undefined;
          const pending = [...actions];
          const doing: Promise<void>[] = [];
          const script: FakeScript = {
            callModel: async (_call) => {
              tries += 1;
              if (kills.includes(tries))
                throw ApplicationFailure.nonRetryable('the worker died', 'ERR_WORKER_DIED');
              answered += 1;
              for (const action of pending.filter(({ after }) => after === answered))
                if (run !== undefined) doing.push(act(run, action));
              return fakeReply({ calls: [answered % 3 === 0 ? storyDone() : fakeCall('edit')] });
            },
          };
          const input = {
            stories: [story('US-001'), story('US-002'), story('US-003')],
            options: {
              ...RALPH_INPUT.options,
              parallel,
              budget: { costMicroUsd: null, tokens: null, calls: 40 },
            },
          };
          const record = await withRalph(real(), { input, script }, async (open) => {
            run = open;
            const last = await lastRecord(open);
            await Promise.all(doing);
            return last;
          });
          expect(record.endedAt).not.toBeNull();
          expect(runSpending(record).modelCalls).toBe(answered);
          expect(runSpending(record).costMicroUsd).toBe(answered * 5);
        },
      ),
      { seed: 20_260_928, numRuns: 12 },
    );
  }, 180_000);
});
