import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { WorkflowFailedError } from '@temporalio/client';
import { updateRun } from '../../src/client/run-update.js';
import type { RUN_UPDATES } from '../../src/contracts/messages.js';
import { SWARM_EDITION, type SwarmInput } from '../../src/contracts/swarm.js';
import { RUN_FAILED } from '../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { runRecordSchema, type RunRecord } from '../../src/domain/run/ralph-run.js';
import type { Subtask } from '../../src/domain/swarm/subtask.js';
import type { swarmWorkflow } from '../../src/workflows/swarm/swarm.js';
import { FakeSwarmActivities, type SwarmScript } from './fake-swarm-activities.js';
import { RUN_LIMITS } from './stories.js';
import { withWorker } from './workflow-environment.js';

/** A subtask with defaults for everything that a test does not care about. */
export function subtask(id: string, fields: Partial<Subtask> = {}): Subtask {
  const defaults = { dependsOn: [], touches: [], agent: 'build' as const, priority: 1 };
  return { id, instruction: `Do ${id}`, ...defaults, ...fields };
}

/** `d` needs `b` and `c`, which need `a`. */
export const DIAMOND: readonly Subtask[] = [
  subtask('a'),
  subtask('b', { dependsOn: ['a'] }),
  subtask('c', { dependsOn: ['a'] }),
  subtask('d', { dependsOn: ['b', 'c'] }),
];

/** Input of a swarm that works off a diamond, at most three subtasks at once. */
export const SWARM_INPUT: SwarmInput = {
  runId: '01hx0000000000000000000000',
  task: 'The task',
  strategy: 'none',
  project: 'demo',
  repository: '/repository',
  hasFiles: true,
  workdir: '.',
  branch: 'swarm/task',
  baseCommit: 'base',
  baseBranch: 'main',
  author: { name: 'A', email: 'a@localhost' },
  checks: [],
  setup: NO_SETUP,
  options: {
    model: { provider: 'fake', model: 'one' },
    contextWindow: 1000,
    maxAttempts: 1,
    maxIterations: 1000,
    allowCheckChanges: false,
    canaries: 'off',
    maxTurns: 10,
    ...RUN_LIMITS,
    parallel: 3,
  },
  maxSubagents: 100,
  timeoutMs: 600_000,
  verify: 0,
  planned: 'file',
  subtasks: [...DIAMOND],
  outline: null,
  isConfirmed: true,
  isDryRun: false,
  notes: [],
  hasSearchAttributes: false,
  edition: SWARM_EDITION,
};

/** A swarm that is open, with what a test asks of it. */
export interface OpenSwarm {
  readonly handle: WorkflowHandle<typeof swarmWorkflow>;
  readonly fake: FakeSwarmActivities;
  update(name: keyof typeof RUN_UPDATES, input: object): Promise<string>;
  status(): Promise<RunRecord>;
  /** The record with which it ended, whether it passed or not; rejects for every other end. */
  ended(): Promise<RunRecord>;
  /** The workflow of a subtask's agent. */
  agent(id: string, place?: string): WorkflowHandle;
}

let queue = 0;

/** Starts a swarm with faked activities and works with it; the worker ends with `work`. */
export function withSwarm<Result>(
  environment: TestWorkflowEnvironment,
  start: { readonly script?: SwarmScript; readonly input?: Partial<SwarmInput> },
  work: (swarm: OpenSwarm) => Promise<Result>,
): Promise<Result> {
  const fake = new FakeSwarmActivities(start.script ?? {});
  queue += 1;
  const taskQueue = `swarm-${process.pid}-${queue}`;
  return withWorker(environment, { taskQueue, activities: fake }, async () => {
    const { workflow } = environment.client;
    const input = { ...SWARM_INPUT, ...start.input };
    const handle = await workflow.start<typeof swarmWorkflow>('swarmWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [input],
    });
    return work({
      handle,
      fake,
      update: (name, request) => updateRun(handle, name, request),
      status: () => handle.query<RunRecord>('runStatus'),
      ended: () => endedSwarm(handle),
      agent: (id, place = '1') => workflow.getHandle(`${taskQueue}/${input.runId}/${id}/${place}`),
    });
  });
}

async function endedSwarm(handle: OpenSwarm['handle']): Promise<RunRecord> {
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || cause.type !== RUN_FAILED) throw error;
    return runRecordSchema.parse(cause.details?.[0]);
  }
}
