import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import type { StoryInput, StoryResult } from '../../src/contracts/workflow-types.js';
import type { storyWorkflow } from '../../src/workflows/ralph/story.js';
import { NO_BUDGET } from '../../src/domain/run/budget.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import {
  FakeActivities,
  fakeCall,
  fakeProof,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import {
  endedRecord,
  createDoor,
  RALPH_INPUT,
  statuses,
  withRalph,
} from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping, withWorker } from '../support/workflow-environment.js';

const environment = useTimeSkipping('test');

const one = { stories: [story('US-001')] };
const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

describe('what is nobody’s fault', () => {
  it('does not end a run: six workers that die under one call, and six more', async () => {
    const record = await withRalph(
      environment(),
      {
        input: { ...one, options: { ...RALPH_INPUT.options, waitLimitMs: 0 } },
        script: {
          callModel: (_call, count) => {
            if (count <= 12)
              throw ApplicationFailure.retryable('the worker died', 'ERR_WORKER_DIED');
            return fakeReply({ calls: [storyDone()] });
          },
        },
      },
      ({ handle }) => endedRecord(handle),
    );
    expect(statuses(record)).toEqual(['US-001 passed 1']);
  });

  it('is named as what it is: a merged tree whose dependencies could not be prepared', async () => {
    const both = createDoor();
    const asked = new Set<string>();
    const { record, fake } = await withRalph(
      environment(),
      {
        input: {
          stories: [story('US-001'), story('US-002')],
          options: { ...RALPH_INPUT.options, parallel: 2, maxAttempts: 1 },
        },
        script: {
          callModel: async (call) => {
            asked.add(call.story ?? '');
            if (asked.size === 2) both.open();
            await both.opened;
            return fakeReply({ calls: [storyDone()] });
          },
          proveMerged: () => fakeProof('setup-failed', { problem: '`npm ci` ended with 1' }),
        },
      },
      async (run) => ({ record: await endedRecord(run.handle), fake: run.fake }),
    );
    const open = record.stories.find(({ status }) => status === 'blocked');
    expect(open?.reason).toBe(
      'passes alone, but together with what landed meanwhile its dependencies could not be prepared',
    );
    expect(fake.feedbackTexts).toEqual([
      'Your earlier work passed alone, but together with what other stories changed meanwhile the dependencies could not be prepared: `npm ci` ended with 1. Mind manifests and lock files. Do the story again on top of the files as they are now.',
    ]);
  });
});

describe('resume', () => {
  it('without --until keeps the moment that was asked for', async () => {
    const now = await environment().currentTimeMs();
    const options = { ...RALPH_INPUT.options, until: new Date(now + 60_000).toISOString() };
    const script: FakeScript = {
      callModel: async () => {
        if ((await environment().currentTimeMs()) < now + 600_000)
          throw ApplicationFailure.retryable('connection refused', 'ERR_PROVIDER_NETWORK');
        return fakeReply({ calls: [storyDone()] });
      },
    };
    await withRalph(environment(), { input: { ...one, options }, script }, async (run) => {
      await until(() => expect(run.fake.modelInputs.length).toBeGreaterThan(0));
      await run.update('pause', { reason: '' });
      await run.update('resume', {});
      await environment().sleep(120_000);
      expect(await run.status()).toMatchObject({
        status: 'paused',
        standstill: { reason: `--until ${options.until} is reached` },
      });
      await run.update('resume', { until: null });
      expect((await endedRecord(run.handle)).status).toBe('passed');
    });
  });
});

/** Runs one story alone with a lease. */
async function withStoryRun<Result>(
  script: FakeScript,
  change: Partial<StoryInput>,
  work: (run: {
    readonly fake: FakeActivities;
    readonly signal: (name: string, ...args: object[]) => Promise<void>;
    readonly result: () => Promise<StoryResult>;
  }) => Promise<Result>,
): Promise<Result> {
  const fake = new FakeActivities(script);
  const taskQueue = `story-${process.pid}-${Math.trunc(performance.now())}`;
  const input: StoryInput = {
    runId: RALPH_INPUT.runId,
    story: story('US-001'),
    attempt: 1,
    project: 'demo',
    feature: 'Hello',
    technicalRequirements: [],
    checks: [],
    options: RALPH_INPUT.options,
    lane: { id: 'r/1/lane-1', workdir: '.' },
    proofLane: { id: 'r/1/proof-1', workdir: '.' },
    base: 'base',
    statePaths: [],
    prdPath: '/repo/prd.json',
    author: { name: 'A', email: 'a@localhost' },
    branch: 'b',
    feedback: null,
    setup: NO_SETUP,
    baseline: null,
    ...change,
  };
  return withWorker(environment(), { taskQueue, activities: fake }, async () => {
    const handle = await environment().client.workflow.start<typeof storyWorkflow>(
      'storyWorkflow',
      {
        workflowId: taskQueue,
        taskQueue,
        args: [input],
      },
    );
    return work({
      fake,
      signal: (name, ...args) => handle.signal(name, ...args),
      result: () => handle.result(),
    });
  });
}

describe('a lease', () => {
  it('takes in what was granted before the agent had a handle', async () => {
    const door = createDoor();
    await withStoryRun(
      { beforeStory: () => door.opened },
      { lease: { ...NO_BUDGET, calls: 0 } },
      async (run) => {
        await run.signal('grantLease', { added: { costMicroUsd: 0, tokens: 0, calls: 2 } });
        door.open();
        expect((await run.result()).attempt).toMatchObject({
          outcome: 'passed',
          spending: { modelCalls: 1 },
        });
      },
    );
  });

  it('and a pause hold a compaction back, and what it needs is reserved', async () => {
    const script: FakeScript = {
      callModel: (_call, count) =>
        count === 1
          ? fakeReply({ calls: [fakeCall('edit')], contextTokens: 900 })
          : fakeReply({ calls: [storyDone()] }),
      compact: (input, count) => {
        if (count === 1)
          throw ApplicationFailure.create({
            type: 'ERR_BUDGET_RESERVE',
            message: 'not covered',
            nonRetryable: true,
            details: [{ needed: { costMicroUsd: null, tokens: 500, calls: 1 } }],
          });
        expect(input.budget).toEqual({ costMicroUsd: null, tokens: 890, calls: 4 });
        return undefined;
      },
    };
    await withStoryRun(
      script,
      { lease: { costMicroUsd: null, tokens: 120, calls: 1 } },
      async (run) => {
        await until(() => expect(run.fake.calls).toContain('executeTool'));
        expect(run.fake.calls).not.toContain('compactConversation');
        await run.signal('pauseAgent');
        await run.signal('grantLease', { added: { costMicroUsd: 0, tokens: 380, calls: 3 } });
        await run.signal('resumeAgent');
        await until(() => expect(run.fake.calls).toContain('compactConversation'));
        await run.signal('grantLease', { added: { costMicroUsd: 0, tokens: 500, calls: 1 } });
        expect((await run.result()).attempt.spending).toMatchObject({ modelCalls: 3 });
      },
    );
  });
});
