import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { RUN_FAILED } from '../../src/contracts/workflow-types.js';
import type { ProofInput } from '../../src/contracts/proof.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import type { proofWorkflow } from '../../src/workflows/proof/proof.js';
import { FakeActivities, fakeProof, type FakeScript } from '../support/fake-activities.js';
import { checkEvidence, plainTrial, PROOF_INPUT } from '../support/proof-run.js';
import { useTimeSkipping, withWorker } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
let queue = 0;

interface EndedProof {
  readonly fake: FakeActivities;
  /** As it was saved last. */
  readonly record: RunRecord | undefined;
  /** With what the workflow closed: `passed`, or the type of its failure. */
  readonly end: string;
}

function prove(script: FakeScript, change: Partial<ProofInput> = {}): Promise<EndedProof> {
  const fake = new FakeActivities(script);
  queue += 1;
  const taskQueue = `proof-${process.pid}-${queue}`;
  return withWorker(environment(), { taskQueue, activities: fake }, async () => {
    const handle = await environment().client.workflow.start<typeof proofWorkflow>(
      'proofWorkflow',
      {
        workflowId: taskQueue,
        taskQueue,
        args: [{ ...PROOF_INPUT, ...change }],
      },
    );
    const end = await handle.result().then(({ status }) => status, typeOf);
    return { fake, record: fake.records.at(-1), end };
  });
}

function typeOf(error: unknown): string {
  let cause: unknown = error instanceof WorkflowFailedError ? error.cause : error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof ApplicationFailure ? (cause.type ?? '') : String(cause);
}

const green = () => ({ base: 'base', evidence: [checkEvidence()], setup: null, failures: {} });

describe('proofWorkflow', () => {
  it('checks the base, proves exactly the tree of the head, and keeps a record like any run', async () => {
    const trial = plainTrial();
    const { fake, record, end } = await prove({
      baseline: green,
      prove: () => fakeProof('passed', { evidence: [checkEvidence()], trial }),
    });
    expect(fake.calls).toEqual(['prepareRun', 'checkBaseline', 'proveStory ']);
    expect(fake.proven).toEqual([
      expect.objectContaining({
        tree: PROOF_INPUT.head.tree,
        base: PROOF_INPUT.base.commit,
        approved: PROOF_INPUT.base.commit,
        statePaths: [],
        existing: ['npm test'],
        baseline: null,
      }),
    ]);
    expect(end).toBe('passed');
    expect(record).toMatchObject({
      kind: 'proof',
      status: 'passed',
      proofVerdict: 'passed',
      branch: 'HEAD',
      baseBranch: 'merge base with main',
      publishedBranch: null,
      stories: [{ status: 'passed', commit: null, attempts: [{ outcome: 'passed', trial }] }],
    });
    expect(fake.events.map(({ type }) => type)).toEqual([
      'run.start',
      'baseline.start',
      'baseline.end',
      'story.start',
      'check.end',
      'run.end',
    ]);
  });

  it('calls a proof with flags passed, and says that there are some', async () => {
    const flags = [{ code: 'no-canary' as const, text: 'no canary: check test' }];
    const { record, end } = await prove({
      baseline: green,
      prove: () => fakeProof('passed', { trial: plainTrial({ flags }) }),
    });
    expect(end).toBe('passed');
    expect(record).toMatchObject({
      proofVerdict: 'flagged',
      reason: 'passed, with 1 flag to look at',
    });
  });

  it('fails with the reason of what was refused', async () => {
    const { record, end } = await prove({
      baseline: green,
      prove: () =>
        fakeProof('failed', {
          evidence: [checkEvidence(), checkEvidence({ exitCode: 1, definitions: 'base' })],
          trial: plainTrial({ reasons: ['The checks pass only with your changes'] }),
        }),
    });
    expect(end).toBe(RUN_FAILED);
    expect(record).toMatchObject({
      status: 'failed',
      proofVerdict: 'refused',
      reason: 'The checks pass only with your changes',
      failure: null,
    });
  });

  it('proves nothing on a base that is red already', async () => {
    const { fake, record, end } = await prove({
      baseline: () => ({ ...green(), evidence: [checkEvidence({ exitCode: 1 })] }),
    });
    expect(fake.calls).toEqual(['prepareRun', 'checkBaseline']);
    expect(end).toBe('ERR_BASELINE_RED');
    expect(record).toMatchObject({
      status: 'failed',
      proofVerdict: 'base-red',
      failure: { code: 'ERR_BASELINE_RED', exitCode: 2 },
    });
  });

  it('goes on from a red base when that is allowed', async () => {
    const red = { ...green(), evidence: [checkEvidence({ exitCode: 1 })] };
    const { fake, end } = await prove({ baseline: () => red }, { allowRedBaseline: true });
    expect({ end, baseline: fake.proven[0]?.baseline }).toEqual({ end: 'passed', baseline: red });
  });

  it('is bad input when no check exists on either side', async () => {
    const absence = { kind: 'not-yet' as const, why: 'there is no package.json' };
    const evidence = [checkEvidence({ exitCode: null, absence })];
    const { record } = await prove({
      baseline: () => ({ ...green(), evidence }),
      prove: () => fakeProof('unverified', { evidence }),
    });
    expect(record).toMatchObject({
      proofVerdict: 'no-checks',
      failure: { code: 'ERR_NO_CHECKS', exitCode: 2 },
    });
  });

  it('names the fault that ended it, and saves the record', async () => {
    const { record, end } = await prove({
      prepareRun: () => {
        throw ApplicationFailure.nonRetryable('the disk is gone', 'ERR_GIT_FAILED');
      },
    });
    expect(end).toBe('ERR_GIT_FAILED');
    expect(record).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_GIT_FAILED', message: 'the disk is gone' },
    });
  });
});
