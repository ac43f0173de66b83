import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { NO_BUDGET } from '../../src/domain/run/budget.js';
import { runSpending, type RunRecord } from '../../src/domain/run/ralph-run.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import {
  fakeCall,
  fakeProof,
  fakeRef,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import { endedRecord, RALPH_INPUT, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping('test');

const one = { stories: [story('US-001')] };
const limited = (budget: Partial<typeof NO_BUDGET>) => ({
  ...one,
  options: { ...RALPH_INPUT.options, budget: { ...NO_BUDGET, ...budget } },
});
const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

/** Fails until workflow time has passed `untilMs`. */
function outage(untilMs: number, code = 'ERR_PROVIDER_NETWORK'): FakeScript {
  return {
    callModel: async () => {
      if ((await environment().currentTimeMs()) < untilMs)
        throw ApplicationFailure.retryable('connection refused', code);
      return fakeReply({ calls: [storyDone()] });
    },
  };
}

describe('an outage', () => {
  it('is waited out with timers, uses no attempt, and shows as waiting with reason and next try', async () => {
    const end = (await environment().currentTimeMs()) + 3 * 3_600_000;
    const options = { ...RALPH_INPUT.options, waitLimitMs: 12 * 3_600_000 };
    const { record, seen } = await withRalph(
      environment(),
      { input: { ...one, options }, script: outage(end) },
      async ({ handle, fake }) => ({ record: await endedRecord(handle), seen: fake.records }),
    );
    expect(statuses(record)).toEqual(['US-001 passed 1']);
    const waiting = seen.find((saved) => saved.status === 'waiting');
    expect(waiting?.standstill).toMatchObject({ kind: 'waiting', reason: 'connection refused' });
    expect(Date.parse(waiting?.standstill?.until ?? '')).toBeGreaterThan(
      Date.parse(waiting?.standstill?.since ?? ''),
    );
  });

  it('ends the run with its code when it outlasts the limit', async () => {
    const options = { ...RALPH_INPUT.options, waitLimitMs: 10 * 60_000 };
    const records = await withRalph(
      environment(),
      { input: { ...one, options }, script: outage(Number.POSITIVE_INFINITY) },
      async ({ handle, fake }) => {
        await handle.result().catch(() => undefined);
        return fake.records;
      },
    );
    expect(records.at(-1)).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_PROVIDER_NETWORK' },
      stories: [{ status: 'pending', attempts: [] }],
    });
  });

  it('never hides what was spent: not while the run waits, not when it fails', async () => {
    const options = { ...RALPH_INPUT.options, waitLimitMs: 10 * 60_000 };
    const script: FakeScript = {
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [fakeCall('edit')] });
        throw ApplicationFailure.retryable('connection refused', 'ERR_PROVIDER_NETWORK');
      },
    };
    const records = await withRalph(
      environment(),
      { input: { ...one, options }, script },
      async ({ handle, fake }) => {
        await handle.result().catch(() => undefined);
        return fake.records;
      },
    );
    const waiting = records.find((saved) => saved.status === 'waiting');
    const spent = [waiting, records.at(-1)].map((record) =>
      record === undefined ? undefined : runSpending(record),
    );
    const once = {
      turns: 1,
      modelCalls: 1,
      repeatedModelCalls: 0,
      usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 10 },
      costMicroUsd: 5,
    };
    expect(spent).toEqual([once, once]);
    expect(records.at(-1)?.status).toBe('failed');
  });

  it('and what was spent are told when a call fails for good', async () => {
    const script: FakeScript = {
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [fakeCall('edit')] });
        throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
      },
    };
    const record = await withRalph(
      environment(),
      { input: one, script },
      async ({ handle, fake }) => {
        await handle.result().catch(() => undefined);
        return fake.records.at(-1);
      },
    );
    expect(record).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_PROVIDER_MODEL_GONE' },
      stories: [{ openSpending: { modelCalls: 1, costMicroUsd: 5 } }],
    });
  });

  it('of disk space before a story is waited out the same way', async () => {
    let tries = 0;
    const script: FakeScript = {
      beforeStory: () => {
        tries += 1;
        if (tries < 3) throw ApplicationFailure.nonRetryable('only 1 MiB free', 'ERR_DISK_FULL');
      },
      callModel: () => fakeReply({ calls: [storyDone()] }),
    };
    const { record, seen } = await withRalph(
      environment(),
      { input: { ...one, options: { ...RALPH_INPUT.options, waitLimitMs: 3_600_000 } }, script },
      async ({ handle, fake }) => ({ record: await endedRecord(handle), seen: fake.records }),
    );
    expect(statuses(record)).toEqual(['US-001 passed 1']);
    const paused = seen.find((saved) => saved.status === 'paused');
    expect(paused?.standstill).toMatchObject({ kind: 'paused' });
    expect(paused?.standstill?.reason).toContain('only 1 MiB free');
  });

  it('of disk space for the record itself outlasts every limit', async () => {
    const full = (await environment().currentTimeMs()) + 2 * 3_600_000;
    let refused = 0;
    const script: FakeScript = {
      beforeSave: async () => {
        if ((await environment().currentTimeMs()) >= full) return;
        refused += 1;
        throw ApplicationFailure.create({
          type: 'ERR_DISK_FULL',
          message: 'the disk is full',
          nonRetryable: true,
          details: [{ where: { file: '/home/runs/record.json' } }],
        });
      },
      callModel: () => fakeReply({ calls: [storyDone()] }),
    };
    const { record, seen } = await withRalph(
      environment(),
      { input: { ...one, options: { ...RALPH_INPUT.options, waitLimitMs: 60_000 } }, script },
      async ({ handle, fake }) => ({ record: await endedRecord(handle), seen: fake.records }),
    );
    expect(statuses(record)).toEqual(['US-001 passed 1']);
    expect(record).toMatchObject({ status: 'passed', standstill: null });
    expect(refused).toBeGreaterThan(10);
    expect(seen[0]?.standstill).toMatchObject({
      kind: 'paused',
      reason: 'the disk is full: /home/runs/record.json',
    });
  });

  it('of a damaged file pauses the run with its path until somebody resumes it', async () => {
    let isRestored = false;
    const script: FakeScript = {
      callModel: () => {
        if (isRestored) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.create({
          type: 'ERR_BLOB_CORRUPT',
          message: 'blob 0123 does not hold the bytes it is named after',
          nonRetryable: true,
          details: [{ where: { file: '/home/blobs/01/0123' } }],
        });
      },
    };
    await withRalph(environment(), { input: one, script }, async (run) => {
      await until(async () =>
        expect(await run.status()).toMatchObject({
          status: 'paused',
          standstill: {
            kind: 'paused',
            reason: 'blob 0123 does not hold the bytes it is named after: /home/blobs/01/0123',
            until: null,
          },
        }),
      );
      isRestored = true;
      await run.update('resume', {});
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
    });
  });

  it('of a quota is tried again at once when somebody resumes the run', async () => {
    let isPaid = false;
    const script: FakeScript = {
      callModel: () => {
        if (!isPaid) throw ApplicationFailure.nonRetryable('no balance', 'ERR_PROVIDER_QUOTA');
        return fakeReply({ calls: [storyDone()] });
      },
    };
    await withRalph(environment(), { input: one, script }, async (run) => {
      await until(async () => expect((await run.status()).status).toBe('waiting'));
      isPaid = true;
      await run.update('resume', {});
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
    });
  });
});

describe('a budget', () => {
  const untilCall = (last: number): FakeScript => ({
    callModel: (_call, count) =>
      fakeReply({ calls: [count < last ? fakeCall('edit') : storyDone()] }),
  });

  it('of calls stops the run before the call that is too many, and goes on when it is raised', async () => {
    await withRalph(
      environment(),
      { input: limited({ calls: 2 }), script: untilCall(4) },
      async (run) => {
        await until(async () =>
          expect(await run.status()).toMatchObject({
            status: 'paused',
            standstill: { reason: 'the budget of 2 model calls is used up' },
          }),
        );
        expect(run.fake.modelInputs).toHaveLength(2);
        await run.update('resume', { budget: { calls: 4 } });
        const record = await endedRecord(run.handle);
        expect(statuses(record)).toEqual(['US-001 passed 1']);
        expect(record.options.budget.calls).toBe(4);
      },
    );
  });

  it('of tokens is reserved by the call itself, which says what it needs', async () => {
    let refused = 0;
    const script: FakeScript = {
      callModel: (call) => {
        if ((call.budget?.tokens ?? 0) < 1000) {
          refused += 1;
          throw ApplicationFailure.create({
            type: 'ERR_BUDGET_RESERVE',
            message: 'needs 1000 tokens',
            nonRetryable: true,
            details: [{ needed: { costMicroUsd: 0, tokens: 1000 } }],
          });
        }
        return fakeReply({ calls: [storyDone()] });
      },
    };
    await withRalph(environment(), { input: limited({ tokens: 500 }), script }, async (run) => {
      await until(async () => expect((await run.status()).status).toBe('paused'));
      await run.update('resume', { budget: { tokens: 5000 } });
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(refused).toBe(1);
      expect(new Set(run.fake.modelInputs.map((call) => call.key.step)).size).toBe(1);
    });
  });

  it('is shared by stories side by side, and what one does not use serves the other', async () => {
    const options = {
      ...RALPH_INPUT.options,
      parallel: 2,
      budget: { ...NO_BUDGET, calls: 5 },
    };
    const turns = new Map<string, number>();
    const script: FakeScript = {
      callModel: (call) => {
        const id = call.story ?? '';
        turns.set(id, (turns.get(id) ?? 0) + 1);
        const isLast = id === 'US-001' || turns.get(id) === 4;
        return fakeReply({ calls: [isLast ? storyDone() : fakeCall('edit')] });
      },
    };
    const record = await withRalph(
      environment(),
      { input: { options, stories: [story('US-001'), story('US-002')] }, script },
      ({ handle }) => endedRecord(handle),
    );
    expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1']);
  });

  it('that is used up between stories pauses before the next one', async () => {
    await withRalph(
      environment(),
      {
        input: {
          ...limited({ calls: 1 }),
          stories: [story('US-001'), story('US-002')],
        },
      },
      async (run) => {
        await until(async () => expect((await run.status()).status).toBe('paused'));
        expect(statuses(await run.status())).toEqual(['US-001 passed 1', 'US-002 pending 0']);
        await run.update('resume', { budget: { calls: 9 } });
        expect((await endedRecord(run.handle)).status).toBe('passed');
      },
    );
  });
});

describe('--until', () => {
  it('pauses the run at that moment', async () => {
    const now = await environment().currentTimeMs();
    const options = {
      ...RALPH_INPUT.options,
      until: new Date(now + 60_000).toISOString(),
    };
    // Works for longer than that: the first calls find no provider.
    await withRalph(
      environment(),
      { input: { ...one, options }, script: outage(now + 10 * 60_000) },
      async (run) => {
        await until(() => expect(run.fake.modelInputs.length).toBeGreaterThan(0));
        await environment().sleep(120_000);
        expect(await run.status()).toMatchObject({
          status: 'paused',
          standstill: { reason: `--until ${options.until} is reached` },
        });
        await run.update('resume', {});
        expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      },
    );
  });
});

describe('the untouched base', () => {
  const evidence = {
    check: 'test',
    command: 'npm test',
    exitCode: 1,
    isTimedOut: false,
    tree: 'base',
    definitions: 'story' as const,
    output: fakeRef(3),
    durationMs: 1,
    sandbox: 'full',
  };
  const red = () => ({
    base: 'base',
    evidence: [evidence],
    setup: null,
    failures: { test: ['x'] },
  });

  async function lastRecord(script: FakeScript, allowRedBaseline = false) {
    const options = { ...RALPH_INPUT.options, allowRedBaseline };
    return withRalph(environment(), { input: { ...one, options }, script }, async (run) => {
      await run.handle.result().catch(() => undefined);
      return { record: run.fake.records.at(-1) as RunRecord, fake: run.fake };
    });
  }

  it('that is red ends the run before anything is paid, naming the check', async () => {
    const { record, fake } = await lastRecord({ baseline: red });
    expect(record).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_BASELINE_RED', exitCode: 2 },
    });
    expect(record.failure?.message).toContain('test (npm test; exit code 1)');
    expect(fake.modelInputs).toEqual([]);
  });

  it('may be red when the person says so, and stories are compared with it', async () => {
    const { record, fake } = await lastRecord({ baseline: red }, true);
    expect(record.status).toBe('passed');
    expect(fake.begun[0]?.story.baseline).toEqual(red());
  });

  it('without any check yet blocks nothing, and stories know which checks exist', async () => {
    const absence = { kind: 'not-yet' as const, why: 'there is no package.json' };
    const { record, fake } = await lastRecord({
      baseline: () => ({
        base: 'base',
        evidence: [
          { ...evidence, exitCode: null, absence },
          { ...evidence, check: 'lint', command: 'make lint', exitCode: 0 },
        ],
        setup: null,
        failures: {},
      }),
    });
    expect(record.status).toBe('passed');
    expect(fake.begun[0]?.story).toMatchObject({ existing: ['make lint'], baseline: null });
    expect(fake.events.map(({ text }) => text)).toContain(
      'base: all 1 checks pass, 1 of 2 checks do not exist yet',
    );
  });

  it('whose dependencies cannot be prepared ends the run as setup_failed', async () => {
    const { record, fake } = await lastRecord({
      baseline: () => {
        throw ApplicationFailure.nonRetryable('npm ci ended with 1', 'ERR_SETUP_FAILED');
      },
    });
    expect(record).toMatchObject({
      status: 'setup_failed',
      failure: { code: 'ERR_SETUP_FAILED', exitCode: 2 },
    });
    expect(fake.modelInputs).toEqual([]);
  });

  it.each(['ERR_SETUP_OFFLINE', 'ERR_DISK_FULL'])(
    'whose dependencies wait for what is nobody’s fault (%s) goes on by itself',
    async (code) => {
      let tries = 0;
      const { record, fake } = await lastRecord({
        baseline: () => {
          tries += 1;
          if (tries === 1) throw ApplicationFailure.nonRetryable('not now', code);
          return { base: 'base', evidence: [], setup: null, failures: {} };
        },
      });
      expect([record.status, tries]).toEqual(['passed', 2]);
      expect(fake.records.map((saved) => saved.standstill?.reason)).toContain('not now');
    },
  );

  it('that satisfies a story already gives it that status without a commit', async () => {
    const { record, fake } = await lastRecord({ prove: () => fakeProof('already-satisfied') });
    expect(statuses(record)).toEqual(['US-001 already_satisfied 1']);
    expect(record.status).toBe('passed');
    expect(fake.calls).toContain('settleStory US-001');
    expect(fake.landed).toEqual([]);
  });

  it('without any check gives unverified stories, never passed ones', async () => {
    const { record, fake } = await lastRecord({ prove: () => fakeProof('unverified') });
    expect(statuses(record)).toEqual(['US-001 unverified 1']);
    expect(fake.landed[0]).toMatchObject({ isVerified: false });
  });
});
