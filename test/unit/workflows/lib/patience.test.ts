import { ApplicationFailure, ServerFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LimitRule } from '../../../../src/domain/run/limit-rule.js';
import { enduring, Patience, type Waiting } from '../../../../src/workflows/lib/patience.js';
import { playedWorkflow } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});
const played = playedWorkflow;

const MINUTE = 60_000;
const failure = (type: string, details: unknown[] = [], nonRetryable = true) =>
  ApplicationFailure.create({ type, message: type, nonRetryable, details });

/** A call that fails with these errors in turn and then succeeds; what was reported meanwhile. */
async function endure(errors: readonly unknown[], limitMs = 60 * MINUTE) {
  const reports: (Waiting | null)[] = [];
  const patience = new Patience({ limitMs, report: (waiting) => reports.push(waiting) });
  const left = [...errors];
  const call = async (): Promise<string> => {
    if (left.length > 0) throw left.shift();
    return 'done';
  };
  const result = await enduring(patience, call);
  return { result, reports, pauses: [...played.pauses] };
}

beforeEach(() => {
  played.pauses.length = 0;
  played.onPause = () => undefined;
});

describe('Patience', () => {
  it('waits with doubling pauses up to five minutes, and says when it is over', async () => {
    const errors = Array.from({ length: 6 }, () => new ServerFailure('unreachable', false));
    const { result, reports, pauses } = await endure(errors);
    expect(result).toBe('done');
    expect(pauses).toEqual([30_000, MINUTE, 2 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE]);
    expect(reports).toHaveLength(7);
    expect(reports.at(-1)).toBeNull();
  });

  it('gives up where the planned pauses would pass the limit', async () => {
    const error = failure('ERR_SETUP_OFFLINE');
    const errors = [error, error, error];
    await expect(endure(errors, 2 * MINUTE)).rejects.toBe(error);
    expect(played.pauses).toEqual([30_000, MINUTE]);
  });

  it('waits until the moment that a provider named, and a quarter of an hour for a quota', async () => {
    const resumeAt = new Date(Date.now() + 7 * MINUTE).toISOString();
    const { pauses } = await endure([
      failure('ERR_PROVIDER_WAIT', [{ resumeAt }]),
      failure('ERR_PROVIDER_QUOTA'),
      failure('ERR_PROVIDER_WAIT', [{ resumeAt: 'soon' }]),
    ]);
    const [named = 0, ...others] = pauses;
    expect(Math.abs((named ?? 0) - 7 * MINUTE)).toBeLessThan(5000);
    expect(others).toEqual([15 * MINUTE, 2 * MINUTE]);
  });

  it.each([
    failure('ERR_PROVIDER_AUTH'),
    failure('TypeError', [], false),
    new Error('a defect'),
    new TypeError('another'),
  ])('does not wait out %s', async (error) => {
    await expect(endure([error])).rejects.toBe(error);
    expect(played.pauses).toEqual([]);
  });

  it('repeats a call whose workers died, without a limit and without a word', async () => {
    const errors = Array.from({ length: 4 }, () => failure('ERR_WORKER_DIED'));
    const { reports, pauses } = await endure(errors, 0);
    expect(pauses).toEqual([1000, 30_000, MINUTE, 2 * MINUTE]);
    expect(reports).toEqual([]);
  });

  it('shows as paused while only a person can help: a full disk is tried again, damage is not', async () => {
    const full = await endure([failure('ERR_DISK_FULL')], 0);
    expect(full.reports[0]).toMatchObject({ isPaused: true, until: expect.any(String) });
    played.pauses.length = 0;
    const reports: (Waiting | null)[] = [];
    const patience = new Patience({ limitMs: 0, report: (waiting) => reports.push(waiting) });
    played.onPause = () => patience.tryNow();
    const damage = failure('ERR_BLOB_CORRUPT', [{ where: { file: '/home/blob' } }]);
    await patience.wait(damage);
    expect(played.pauses).toEqual([null]);
    expect(reports).toEqual([
      {
        reason: 'ERR_BLOB_CORRUPT: /home/blob',
        until: null,
        isPaused: true,
        code: 'ERR_BLOB_CORRUPT',
      },
    ]);
  });

  it('asks a person at a limit of a provider where that is wanted, and nobody at anything else', async () => {
    const wait = async (code: string, limitRule: LimitRule) => {
      played.pauses.length = 0;
      const patience = new Patience({ limitMs: MINUTE, report: () => undefined, limitRule });
      played.onPause = () => patience.tryNow();
      await patience.wait(failure(code)).catch(() => played.pauses.push(-1));
      return played.pauses.at(-1);
    };
    const ask: LimitRule = { onLimit: 'ask', noResumeAfter: null };
    const late: LimitRule = { onLimit: 'wait', noResumeAfter: new Date(0).toISOString() };
    const soon: LimitRule = { onLimit: 'wait', noResumeAfter: '2999-01-01T00:00:00.000Z' };
    const stop: LimitRule = { onLimit: 'stop', noResumeAfter: null };
    expect(await wait('ERR_PROVIDER_WAIT', ask)).toBeNull();
    expect(await wait('ERR_PROVIDER_WAIT', late)).toBeNull();
    expect(await wait('ERR_PROVIDER_WAIT', soon)).toBe(30_000);
    expect(await wait('ERR_PROVIDER_WAIT', stop)).toBe(-1);
    for (const rule of [ask, late, stop])
      expect(await wait('ERR_SETUP_OFFLINE', rule), rule.onLimit).toBe(30_000);
  });

  it('begins anew after a success', async () => {
    const patience = new Patience({ limitMs: MINUTE, report: () => undefined });
    const error = new ServerFailure('unreachable', false);
    await patience.wait(error);
    patience.over();
    await patience.wait(error);
    expect(played.pauses).toEqual([30_000, 30_000]);
    await expect(patience.wait(error)).rejects.toBe(error);
  });
});
