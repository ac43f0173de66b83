import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { MergeActivities } from '../../src/activities/landing/merge-activities.js';
import type { MergeInput, MergeResult } from '../../src/contracts/merge.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { type Evidence } from '../../src/domain/proof/check.js';
import type { mergeRunWorkflow } from '../../src/workflows/ralph/merge-run.js';
import { fakeRef } from '../support/fake-activities.js';
import { useTimeSkipping, WORKFLOW_BUNDLE } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
let queue = 0;

const INPUT: MergeInput = {
  runId: 'run-1',
  repository: '/repo',
  workdir: '.',
  into: 'main',
  tip: 'tip',
  commits: ['one', 'two'],
  stories: ['US-001', 'US-002'],
  mode: 'rebase',
  squashMessage: '',
  author: { name: 'A', email: 'a@localhost' },
  checks: [{ name: 'test', command: 'true', timeoutMs: 1000 }],
  setup: NO_SETUP,
};

const evidence = (exitCode: number): Evidence => ({
  check: 'test',
  command: 'true',
  exitCode,
  isTimedOut: false,
  tree: 't',
  definitions: 'story',
  output: fakeRef(1),
  durationMs: 1,
  sandbox: 'full',
});

async function merge(
  change: Partial<MergeActivities>,
): Promise<{ result: MergeResult; calls: string[] }> {
  queue += 1;
  const taskQueue = `merge-${queue}`;
  const calls: string[] = [];
  const activities: MergeActivities = {
    rebaseRun: async () => ({ outcome: 'ready', commit: 'rebased' }),
    proveTree: async () => ({ evidence: [evidence(0)] }),
    publishMerge: async ({ commit }) => ({ outcome: 'published', commit }),
    ...change,
  };
  const noted = Object.fromEntries(
    Object.entries(activities).map(([name, run]: [string, (input: never) => unknown]) => [
      name,
      (input: never) => {
        calls.push(name);
        return run(input);
      },
    ]),
  );
  const worker = await Worker.create({
    connection: environment().nativeConnection,
    taskQueue,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: noted,
  });
  const result = await worker.runUntil(() =>
    environment().client.workflow.execute<typeof mergeRunWorkflow>('mergeRunWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [INPUT],
    }),
  );
  return { result, calls };
}

describe('mergeRunWorkflow', () => {
  it('rebases, checks exactly that commit, and publishes it', async () => {
    expect(await merge({})).toEqual({
      result: { outcome: 'published', commit: 'rebased', evidence: [evidence(0)] },
      calls: ['rebaseRun', 'proveTree', 'publishMerge'],
    });
  });

  it('publishes nothing when the commits conflict', async () => {
    const conflict = { outcome: 'conflict' as const, commit: 'two', files: ['a.txt'] };
    expect(await merge({ rebaseRun: async () => conflict })).toEqual({
      result: conflict,
      calls: ['rebaseRun'],
    });
  });

  it('publishes nothing when a check is red on the result', async () => {
    const { result, calls } = await merge({ proveTree: async () => ({ evidence: [evidence(1)] }) });
    expect(result).toEqual({ outcome: 'checks_failed', evidence: [evidence(1)] });
    expect(calls).toEqual(['rebaseRun', 'proveTree']);
  });

  it('names the fault that stopped it instead of failing', async () => {
    const { result } = await merge({
      proveTree: async () => {
        throw ApplicationFailure.nonRetryable('npm ci ended with 1', 'ERR_SETUP_FAILED');
      },
    });
    expect(result).toEqual({
      outcome: 'failed',
      code: 'ERR_SETUP_FAILED',
      message: 'npm ci ended with 1',
    });
  });
});
