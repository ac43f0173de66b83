import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createSteering } from '../../../src/client/steering.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { type RunRecord } from '../../../src/domain/run/ralph-run.js';
import { runRecord } from '../../support/run-records.js';
import { story } from '../../support/stories.js';

type Answer = () => Promise<string>;

/** What Temporal describes of the run's workflow; default: nobody paused anything. */
interface Described {
  readonly workflowExtendedInfo?: object;
  readonly pendingActivities?: readonly object[];
}

function steering(
  answer: Answer,
  record: RunRecord = { ...runRecord(), status: 'running' },
  raw: Described = {},
) {
  const sent: unknown[] = [];
  const note =
    (name: string) =>
    async (request: object): Promise<void> => {
      sent.push([name, request]);
    };
  const client = {
    options: { namespace: 'default', identity: 'codetether:1' },
    connection: {
      workflowService: {
        unpauseWorkflowExecution: note('unpauseWorkflowExecution'),
        unpauseActivity: note('unpauseActivity'),
      },
    },
    workflow: {
      list: async function* list() {
        // nothing below the run is open
      },
      getHandle: (workflowId: string) => ({
        describe: async () => ({
          workflowId,
          runId: 'temporal-run',
          status: { name: 'PAUSED' },
          raw,
        }),
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
    await run.answerStory(id, 'US-001', { text: 'yes', call: 'c1' });
    const { workflowId } = runRecord();
    expect(sent).toEqual([
      [workflowId, 'pauseRun', { reason: 'lunch' }],
      [workflowId, 'resumeRun', { budget: { calls: 5 } }],
      [workflowId, 'skipStory', { story: 'US-001' }],
      [workflowId, 'retryStory', { story: 'US-001' }],
      [workflowId, 'addStory', { story: added }],
      [workflowId, 'answerStory', { story: 'US-001', text: 'yes' }],
      [workflowId, 'answerStory', { story: 'US-001', text: 'yes', call: 'c1' }],
    ]);
  });

  it('lifts what an operator paused before it resumes a run, workflows first', async () => {
    const paused = { identity: 'ada@desk', reason: 'look first' };
    const raw = {
      workflowExtendedInfo: { pauseInfo: paused },
      pendingActivities: [
        { activityId: '7', activityType: { name: 'executeTool' }, paused: true, pauseInfo: {} },
        { activityId: '8', activityType: { name: 'callModel' }, paused: false },
      ],
    };
    const { sent, steering: run } = steering(async () => 'goes on', undefined, raw);
    expect(await run.resumeRun('run-1', {})).toBe(
      '2 pauses of a Temporal operator are over; goes on',
    );
    const { workflowId } = runRecord();
    const common = { namespace: 'default', identity: 'codetether:1' };
    const runId = 'temporal-run';
    expect(sent).toEqual([
      ['unpauseWorkflowExecution', { ...common, workflowId, runId, reason: 'codetether resume' }],
      ['unpauseActivity', { ...common, execution: { workflowId, runId }, id: '7' }],
      [workflowId, 'resumeRun', {}],
    ]);
  });

  it('says who paused a run that cannot answer', async () => {
    const raw = { workflowExtendedInfo: { pauseInfo: { identity: 'ada@desk', reason: '' } } };
    const refused = async (): Promise<string> => {
      throw new ServiceError('Failed to start Update');
    };
    const { steering: run } = steering(refused, undefined, raw);
    await expect(run.pauseRun('run-1', '')).rejects.toMatchObject({
      code: 'ERR_RUN_HELD',
      exitCode: 2,
      message: 'run run-1 cannot answer: the run paused by Temporal operator ada@desk',
      hint: 'codetether runs resume run-1',
    });
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
