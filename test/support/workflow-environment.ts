import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { FakeActivities } from './fake-activities.js';
import { temporalCli, temporalTestServer } from './temporal-programs.js';

/** The prebuilt bundle that production workers run. */
export const WORKFLOW_BUNDLE = fileURLToPath(
  new URL('../../dist/workflow-bundle.js', import.meta.url),
);

/** Gives the server of the running test. */
type Server = () => TestWorkflowEnvironment;

/**
 * A server whose clock skips while every workflow waits, for the tests of the calling file or block. One a `test` where retries
 * are skipped over: the clock no longer skips in the runs that follow.
 */
export function useTimeSkipping(per: 'file' | 'test' = 'file'): Server {
  return useServer(per, createTimeSkipping);
}

/**
 * The development server, where the time-skipping one fails: that one tells no parent of a child that was terminated, and loses
 * a workflow task when an activity ends while it is being cancelled.
 */
export function useDevelopmentServer(): Server {
  return useServer('file', createLocal);
}

function useServer(per: 'file' | 'test', create: () => Promise<TestWorkflowEnvironment>): Server {
  let environment: TestWorkflowEnvironment | undefined;
  const [before, after] = per === 'file' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(async () => {
    if (!existsSync(WORKFLOW_BUNDLE))
      throw new Error('dist/workflow-bundle.js is missing: run npm run build');
    environment = await create();
  });
  after(async () => {
    await environment?.teardown();
    environment = undefined;
  });
  return () => {
    if (environment === undefined) throw new Error('the server starts before the first test');
    return environment;
  };
}

async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR' } },
  });
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await temporalTestServer() } },
  });
}

async function createLocal(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: await temporalCli() } },
  });
}

/** Runs `work` with a worker on `taskQueue` that has only fake activities. */
export async function withWorker<Result>(
  environment: TestWorkflowEnvironment,
  setting: { readonly taskQueue: string; readonly activities: FakeActivities },
  work: () => Promise<Result>,
): Promise<Result> {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: setting.taskQueue,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: setting.activities,
    // an activity hears with its heartbeats that it is cancelled: by default it would wait for most of a minute
    maxHeartbeatThrottleInterval: '100ms',
    // in this thread: one of its own would cost a second for each test. What a workflow may not do is refused all the same.
    debugMode: true,
  });
  return worker.runUntil(work());
}
