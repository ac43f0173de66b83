import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { updateRun } from '../../src/client/run-update.js';
import type { RUN_UPDATES } from '../../src/contracts/messages.js';
import type { RlmInput } from '../../src/contracts/rlm.js';
import { RUN_FAILED } from '../../src/contracts/workflow-types.js';
import { runRecordSchema, type RunRecord } from '../../src/domain/run/ralph-run.js';
import type { rlmWorkflow } from '../../src/workflows/rlm/rlm.js';
import { FakeRlmActivities, type RlmScript } from './fake-rlm-activities.js';
import { RUN_LIMITS } from './stories.js';
import { withWorker } from './workflow-environment.js';

const MODEL = { provider: 'fake', model: 'one' };

/** Input of a question over one file. */
export const RLM_INPUT: RlmInput = {
  runId: '01hx0000000000000000000000',
  project: 'demo',
  folder: '/folder',
  query: 'Which error came first?',
  files: [{ name: 'app.log', path: '/folder/app.log' }],
  content: null,
  requestedType: 'auto',
  schema: null,
  session: null,
  earlier: null,
  subModel: { provider: 'fake', model: 'two' },
  subWindow: 1000,
  maxIterations: 5,
  maxDepth: 1,
  parallel: 3,
  directTokens: 0,
  options: {
    model: MODEL,
    contextWindow: 1000,
    maxAttempts: 1,
    maxIterations: 1000,
    allowCheckChanges: false,
    canaries: 'off',
    maxTurns: 10,
    ...RUN_LIMITS,
  },
  timeoutMs: 600_000,
  notes: [],
  hasSearchAttributes: false,
};

/** A question that is open, with what a test asks of it. */
export interface OpenQuestion {
  readonly handle: WorkflowHandle<typeof rlmWorkflow>;
  readonly fake: FakeRlmActivities;
  readonly update: (name: keyof typeof RUN_UPDATES, input: object) => Promise<string>;
  readonly status: () => Promise<RunRecord>;
  /** The record with which it ended, whether it was answered or not; rejects for every other end. */
  readonly ended: () => Promise<RunRecord>;
}

let queue = 0;

/** Asks a question with faked activities and works with it; the worker ends with `work`. */
export function withQuestion<Result>(
  environment: TestWorkflowEnvironment,
  start: { readonly script?: RlmScript; readonly input?: Partial<RlmInput> },
  work: (question: OpenQuestion) => Promise<Result>,
): Promise<Result> {
  const fake = new FakeRlmActivities(start.script ?? {});
  queue += 1;
  const taskQueue = `rlm-${process.pid}-${queue}`;
  return withWorker(environment, { taskQueue, activities: fake }, async () => {
    const handle = await environment.client.workflow.start<typeof rlmWorkflow>('rlmWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [{ ...RLM_INPUT, ...start.input }],
    });
    return work({
      handle,
      fake,
      update: (name, request) => updateRun(handle, name, request),
      status: () => handle.query<RunRecord>('runStatus'),
      ended: () => endedQuestion(handle),
    });
  });
}

async function endedQuestion(handle: OpenQuestion['handle']): Promise<RunRecord> {
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || cause.type !== RUN_FAILED) throw error;
    return runRecordSchema.parse(cause.details?.[0]);
  }
}
