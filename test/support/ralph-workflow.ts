import { updateRun } from '../../src/client/run-update.js';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RUN_UPDATES } from '../../src/contracts/messages.js';
import { RUN_FAILED, type RalphInput } from '../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { runRecordSchema, type RunRecord } from '../../src/domain/run/ralph-run.js';
import type { ralphWorkflow } from '../../src/workflows/ralph/ralph.js';
import { FakeActivities, type FakeScript } from './fake-activities.js';
import { RUN_LIMITS, story } from './stories.js';
import { withWorker } from './workflow-environment.js';

/** Input of a run with three stories, of which the second needs the first. */
export const RALPH_INPUT: RalphInput = {
  runId: '01hx0000000000000000000000',
  project: 'demo',
  feature: 'Hello',
  prdPath: '/repo/prd.json',
  repository: '/repo',
  workdir: '.',
  branch: 'feature/hello',
  baseCommit: 'base',
  author: { name: 'A', email: 'a@localhost' },
  stories: [story('US-001'), story('US-002', { dependsOn: ['US-001'] }), story('US-003')],
  technicalRequirements: [],
  checks: [{ name: 'test', command: 'true', timeoutMs: 1000 }],
  options: {
    model: { provider: 'fake', model: 'one' },
    contextWindow: 1000,
    maxAttempts: 2,
    maxIterations: 20,
    allowCheckChanges: false,
    canaries: 'auto',
    maxTurns: 10,
    ...RUN_LIMITS,
  },
  setup: NO_SETUP,
  notes: [],
  hasSearchAttributes: false,
};

/** Workflow type of a run. */
type RalphWorkflow = typeof ralphWorkflow;

/** A run that is open, with what a test asks of it. */
export interface OpenRun {
  readonly handle: WorkflowHandle<RalphWorkflow>;
  readonly fake: FakeActivities;
  update(name: keyof typeof RUN_UPDATES, input: object): Promise<string>;
  status(): Promise<RunRecord>;
}

/** The record with which a run ended, whether it passed or not; rejects for every other end. */
export async function endedRecord(handle: WorkflowHandle<RalphWorkflow>): Promise<RunRecord> {
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || cause.type !== RUN_FAILED) throw error;
    return runRecordSchema.parse(cause.details?.[0]);
  }
}

let queue = 0;

/** Starts a run with faked activities and works with it; the worker ends with `work`. */
export function withRalph<Result>(
  environment: TestWorkflowEnvironment,
  start: { readonly script?: FakeScript; readonly input?: Partial<RalphInput> },
  work: (run: OpenRun) => Promise<Result>,
): Promise<Result> {
  const fake = new FakeActivities(start.script ?? {});
  queue += 1;
  const taskQueue = `ralph-${process.pid}-${queue}`;
  return withWorker(environment, { taskQueue, activities: fake }, async () => {
    const handle = await environment.client.workflow.start<RalphWorkflow>('ralphWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [{ ...RALPH_INPUT, ...start.input }],
    });
    return work({
      handle,
      fake,
      update: (name, input) => updateRun(handle, name, input),
      status: () => handle.query<RunRecord>('runStatus'),
    });
  });
}

/** Each story as `ID status attempts`. */
export function statuses(record: RunRecord): string[] {
  return record.stories.map(
    (entry) => `${entry.story.id} ${entry.status} ${entry.attempts.length}`,
  );
}

/** A door that stays shut until somebody opens it. */
export interface Door {
  readonly opened: Promise<void>;
  open(): void;
}

/** A new door, shut. */
export function createDoor(): Door {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
