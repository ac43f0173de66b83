import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { probeModelWorkflow } from '../../../../src/workflows/probe/probe-model.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const INPUT = { model: { provider: 'fake', model: 'one`two' } };

beforeEach(() => {
  played.calls.length = 0;
});

describe('the probe of a model', () => {
  it('asks once, and names the model without breaking what Temporal shows', async () => {
    const reply = { latencyMs: 5, usage: {}, costMicroUsd: null };
    played.answer = () => reply;
    expect(await probeModelWorkflow(INPUT)).toEqual(reply);
    expect(played.calls.map(({ name, input }) => [name, input])).toEqual([['probeModel', INPUT]]);
    expect(played.details).toContain('one word of a model');
    expect(played.details).not.toContain('`one`two`');
  });

  it('gives the first failure to whoever waits', async () => {
    const failure = ApplicationFailure.nonRetryable('no key', 'ERR_PROVIDER_AUTH');
    played.answer = () => {
      throw failure;
    };
    await expect(probeModelWorkflow(INPUT)).rejects.toBe(failure);
    expect(played.calls).toHaveLength(1);
  });
});
