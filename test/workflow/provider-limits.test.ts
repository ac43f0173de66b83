import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import { endedRecord, RALPH_INPUT, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping('test');

const one = { stories: [story('US-001')] };
const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

describe('a run that is held up', () => {
  it.each([
    ['somebody is to be asked', { onLimit: 'ask', noResumeAfter: null }],
    [
      'it is over later than anybody wants a try',
      { onLimit: 'wait', noResumeAfter: '1999-12-31T23:59:59.000Z' },
    ],
  ] as const)('by a limit pauses the run where %s', async (_name, limitRule) => {
    let isOver = false;
    const script: FakeScript = {
      callModel: () => {
        if (isOver) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.nonRetryable('5 hours are used up', 'ERR_PROVIDER_QUOTA');
      },
    };
    const options = { ...RALPH_INPUT.options, limitRule };
    await withRalph(environment(), { input: { ...one, options }, script }, async (run) => {
      await until(async () =>
        expect(await run.status()).toMatchObject({
          status: 'paused',
          standstill: { kind: 'paused', reason: '5 hours are used up', until: null },
        }),
      );
      isOver = true;
      await run.update('resume', {});
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
    });
  });

  it('by a limit ends the run where it is to stop, and by anything else does not', async () => {
    const networkMs = (await environment().currentTimeMs()) + 3_600_000;
    const limitRule = { onLimit: 'stop' as const, noResumeAfter: null };
    const options = { ...RALPH_INPUT.options, limitRule };
    const script: FakeScript = {
      callModel: async () => {
        if ((await environment().currentTimeMs()) < networkMs)
          throw ApplicationFailure.retryable('connection refused', 'ERR_PROVIDER_NETWORK');
        throw ApplicationFailure.nonRetryable('not now', 'ERR_PROVIDER_WAIT');
      },
    };
    const { records, events } = await withRalph(
      environment(),
      { input: { ...one, options }, script },
      async ({ handle, fake }) => {
        await handle.result().catch(() => undefined);
        return fake;
      },
    );
    expect(records.at(-1)).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_PROVIDER_WAIT' },
      stories: [{ status: 'pending', attempts: [] }],
    });
    expect(events.filter(({ type }) => type === 'run.wait')).not.toEqual([]);
  });
});
