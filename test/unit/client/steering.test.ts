import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createSteering } from '../../../src/client/steering.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { type RunRecord } from '../../../src/domain/run/ralph-run.js';
import { runRecord } from '../../support/run-records.js';
import { story } from '../../support/stories.js';

type Answer = () => Promise<string>;

function steering(answer: Answer, record: RunRecord = { ...runRecord(), status: 'running' }) {
  const sent: unknown[] = [];
  const client = {
    workflow: {
      getHandle: (workflowId: string) => ({
        executeUpdate: (update: { name: string }, { args }: { args: unknown[] }) => {
          sent.push([workflowId, update.name, ...args]);
          return answer();
        },
      }),
    },
  } as unknown as Client;
  return { sent, steering: createSteering(client, async () => record) };
}

describe('createSteering', () => {
  it('sends each request as an update of the run’s workflow', async () => {
    const { sent, steering: run } = steering(async () => 'done');
    const id = 'run-1';
    const added = story('US-009');
    expect(await run.pauseRun(id, 'lunch')).toBe('done');
    await run.resumeRun(id, { budget: { calls: 5 } });
    await run.skipStory(id, 'US-001');
    await run.retryStory(id, 'US-001');
    await run.addStory(id, added);
    await run.answerStory(id, 'US-001', 'yes');
    const { workflowId } = runRecord();
    expect(sent).toEqual([
      [workflowId, 'pauseRun', { reason: 'lunch' }],
      [workflowId, 'resumeRun', { budget: { calls: 5 } }],
      [workflowId, 'skipStory', { story: 'US-001' }],
      [workflowId, 'retryStory', { story: 'US-001' }],
      [workflowId, 'addStory', { story: added }],
      [workflowId, 'answerStory', { story: 'US-001', text: 'yes' }],
    ]);
  });

  it('asks no ended run', async () => {
    const { sent, steering: run } = steering(async () => '', { ...runRecord(), status: 'passed' });
    await expect(run.pauseRun('run-1', '')).rejects.toMatchObject({ code: 'ERR_RUN_ENDED' });
    expect(sent).toEqual([]);
  });

  it('gives a refusal the run’s own code, exit 2', async () => {
    const { steering: run } = steering(async () => {
      throw new WorkflowUpdateFailedError(
        'refused',
        ApplicationFailure.nonRetryable('the run has no story US-404', 'ERR_STORY_UNKNOWN'),
      );
    });
    const error: unknown = await run
      .skipStory('run-1', 'US-404')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({
      code: 'ERR_STORY_UNKNOWN',
      message: 'run run-1 refuses: the run has no story US-404',
    });
  });

  it('takes a workflow that is gone for an ended run, and passes other faults on', async () => {
    const gone = steering(async () => {
      throw new WorkflowNotFoundError('not found', 'w', undefined);
    });
    await expect(gone.steering.pauseRun('run-1', '')).rejects.toMatchObject({
      code: 'ERR_RUN_ENDED',
    });
    const broken = steering(async () => {
      throw new TypeError('broken');
    });
    await expect(broken.steering.pauseRun('run-1', '')).rejects.toBeInstanceOf(TypeError);
  });
});
