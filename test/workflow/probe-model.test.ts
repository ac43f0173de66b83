import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { ProbeActivities } from '../../src/activities/model/probe-activities.js';
import { probeModel } from '../../src/client/probe-model.js';
import type { ProbeInput, ProbeResult } from '../../src/contracts/probe.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { useTimeSkipping, WORKFLOW_BUNDLE } from '../support/workflow-environment.js';

const environment = useTimeSkipping();

const input: ProbeInput = { model: { provider: 'fake', model: 'one' } };

/** Runs one probe against an activity that answers so; gives its calls and its outcome. */
async function probe(name: string, answer: () => ProbeResult) {
  const calls: ProbeInput[] = [];
  const activities: ProbeActivities = {
    probeModel: async (call) => {
      calls.push(call);
      return answer();
    },
  };
  const worker = await Worker.create({
    connection: environment().nativeConnection,
    taskQueue: name,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities,
  });
  const { client } = environment();
  const outcome: unknown = await worker.runUntil(
    probeModel({ temporal: client, taskQueue: name, workflowId: name, input }).catch(
      (error: unknown) => error,
    ),
  );
  return { calls, outcome };
}

describe('probeModelWorkflow', () => {
  it('asks once and gives back what it took', async () => {
    const result = { latencyMs: 5, usage: ZERO_USAGE, costMicroUsd: null };
    expect(await probe('probe-ok', () => result)).toEqual({ calls: [input], outcome: result });
  });

  it('tells the first failure at once, retryable or not, with its code and hint', async () => {
    const { calls, outcome } = await probe('probe-sealed', () => {
      throw ApplicationFailure.create({
        type: 'ERR_VAULT_SEALED',
        message: 'Vault is sealed',
        nonRetryable: false,
        details: [{ hint: 'unseal it' }],
      });
    });
    expect(calls).toHaveLength(1);
    expect(outcome).toMatchObject({
      code: 'ERR_VAULT_SEALED',
      message: 'Vault is sealed',
      hint: 'unseal it',
      exitCode: 3,
    });
  });
});
