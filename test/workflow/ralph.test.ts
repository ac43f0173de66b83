import { Context } from '@temporalio/activity';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import type { RalphInput } from '../../src/contracts/workflow-types.js';
import type { ralphWorkflow } from '../../src/workflows/ralph/ralph.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import {
  type FakeActivities,
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

const environment = useTimeSkipping();

const input = RALPH_INPUT;

function startRalph<Result>(
  script: FakeScript,
  change: Partial<RalphInput>,
  work: (handle: WorkflowHandle<typeof ralphWorkflow>, fake: FakeActivities) => Promise<Result>,
): Promise<Result> {
  return withRalph(environment(), { script, input: change }, ({ handle, fake }) =>
    work(handle, fake),
  );
}

function runRalph(
  script: FakeScript,
  change: Partial<RalphInput> = {},
): Promise<{ record: RunRecord; fake: FakeActivities }> {
  return startRalph(script, change, async (handle, fake) => ({
    record: await endedRecord(handle),
    fake,
  }));
}

/** An activity that only ends by being cancelled; the server tells it so in answer to a heartbeat. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(timer);
  }
}

describe('ralphWorkflow', () => {
  it('lands one commit a story, each on top of the one before, and passes', async () => {
    const { record, fake } = await runRalph({});
    expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1', 'US-003 passed 1']);
    expect(record).toMatchObject({
      status: 'passed',
      headCommit: 'commit-3',
      publishedBranch: 'feature/hello',
    });
    expect(fake.begun.map((begun) => `${begun.story.story.id} on ${begun.base}`)).toEqual([
      'US-001 on base',
      'US-002 on commit-1',
      'US-003 on commit-2',
    ]);
    expect(fake.records.at(-1)).toEqual(record);
  });

  it('tries a failed story again with what failed, from the same base', async () => {
    const { record, fake } = await runRalph({
      prove: (id, attempt) =>
        id === 'US-001' && attempt === 1 ? fakeProof('failed') : fakeProof('passed'),
    });
    expect(statuses(record)[0]).toBe('US-001 passed 2');
    expect(
      fake.begun
        .slice(0, 2)
        .map((begun) => [begun.base, begun.story.attempt, begun.story.feedback]),
    ).toEqual([
      ['base', 1, null],
      ['base', 2, fakeRef(77)],
    ]);
  });

  it('never passes a story whose proof is missing, whatever the agent says', async () => {
    const { record, fake } = await runRalph({ prove: () => fakeProof('no-change') });
    expect(statuses(record)).toEqual([
      'US-001 failed 2',
      'US-002 waiting_on_dependency 0',
      'US-003 failed 2',
    ]);
    expect(record).toMatchObject({
      status: 'failed',
      reason: '0 of 3 stories passed',
      headCommit: 'base',
    });
    expect(fake.calls.filter((name) => name.startsWith('landStory'))).toEqual([]);
  });

  it('stops only the dependents of a blocked story', async () => {
    const { record, fake } = await runRalph({
      callModel: (call) =>
        fakeReply({ calls: [storyDone(call.story === 'US-001' ? 'blocked' : 'done')] }),
    });
    expect(statuses(record)).toEqual([
      'US-001 blocked 1',
      'US-002 waiting_on_dependency 0',
      'US-003 passed 1',
    ]);
    expect(record.stories[1]?.reason).toBe('waits for US-001');
    expect(fake.calls).toContain('noteAttempt US-001 blocked');
  });

  it('ends at the limit of iterations and says so', async () => {
    const { record } = await runRalph(
      { prove: () => fakeProof('failed') },
      { options: { ...input.options, maxIterations: 1 } },
    );
    expect(statuses(record)).toEqual(['US-001 pending 1', 'US-002 pending 0', 'US-003 pending 0']);
    expect(record.reason).toBe('0 of 3 stories passed; the limit of 1 iterations is reached');
  });

  it('leaves out stories that passed in an earlier run', async () => {
    const { record, fake } = await runRalph(
      {},
      { stories: [story('US-001', { passes: true }), story('US-002', { dependsOn: ['US-001'] })] },
    );
    expect(statuses(record)).toEqual(['US-001 passed 0', 'US-002 passed 1']);
    expect(fake.begun).toHaveLength(1);
  });

  it('sums up what every attempt spent', async () => {
    const { record } = await runRalph({
      prove: (_id, attempt) => fakeProof(attempt === 1 ? 'failed' : 'passed'),
    });
    const spent = record.stories.flatMap((entry) =>
      entry.attempts.map((attempt) => attempt.spending.modelCalls),
    );
    expect(spent).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('saves a record with the code and leaves the story open when the infrastructure fails for good', async () => {
    const outcome = await startRalph(
      {
        callModel: () => {
          throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
        },
      },
      {},
      async (handle, fake) => ({
        error: await handle.result().catch((error: unknown) => error),
        fake,
      }),
    );
    expect(outcome.error).toBeInstanceOf(WorkflowFailedError);
    expect(outcome.fake.records.at(-1)).toMatchObject({
      status: 'failed',
      failure: { code: 'ERR_PROVIDER_MODEL_GONE', message: 'no such model' },
    });
    expect(statuses(outcome.fake.records.at(-1) as RunRecord)[0]).toBe('US-001 pending 0');
  });

  it('saves a cancelled record when it is cancelled, and starts nothing more', async () => {
    const { fake, error } = await startRalph(
      {
        callModel: async (_call, count) => {
          if (count < 3)
            return fakeReply({
              calls: [fakeCall('bash', { execution: 'activity', access: 'execute' })],
            });
          return untilCancelled();
        },
      },
      {},
      async (handle, running) => {
        await vi.waitFor(() => expect(running.modelInputs.length).toBeGreaterThan(2), {
          timeout: 20_000,
          interval: 5,
        });
        await handle.cancel();
        return { fake: running, error: await handle.result().catch((reason: unknown) => reason) };
      },
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(fake.records.at(-1)).toMatchObject({ status: 'cancelled', failure: null });
  });

  it('says in its notes that another model answered', async () => {
    const { record } = await runRalph(
      {
        callModel: () =>
          fakeReply({
            calls: [storyDone()],
            answeredBy: { provider: 'spare', model: 'two' },
          }),
      },
      { stories: [story('US-001')] },
    );
    expect(record.notes).toEqual(['US-001: spare/two answered in place of the chosen model']);
  });

  it('answers a status query while it works and after it has ended', async () => {
    const answers = await startRalph({}, {}, async (handle) => {
      await endedRecord(handle);
      return handle.query<RunRecord>('runStatus');
    });
    expect(statuses(answers)).toEqual(['US-001 passed 1', 'US-002 passed 1', 'US-003 passed 1']);
  });
});
