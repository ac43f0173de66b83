import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { FakeActivities } from './fake-activities.js';
import { temporalCli, temporalTestServer } from './temporal-programs.js';

/** The prebuilt bundle that production workers run. */
export const WORKFLOW_BUNDLE = fileURLToPath(
  new URL('../../dist/workflow-bundle.js', import.meta.url),
);

/** A server whose clock skips while every workflow waits. */
export async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  if (!existsSync(WORKFLOW_BUNDLE))
    throw new Error('dist/workflow-bundle.js is missing: run npm run build');
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR' } },
  });
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await temporalTestServer() } },
  });
}

/** The development server, for what the time-skipping one lacks: it tells no parent of a child that was terminated. */
export async function createLocal(): Promise<TestWorkflowEnvironment> {
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
  });
  return worker.runUntil(work());
}
