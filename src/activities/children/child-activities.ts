import { setTimeout as delay } from 'node:timers/promises';
import { cancellationDetails, Context, getClient } from '@temporalio/activity';
import {
  isGrpcDeadlineError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/common';
import { z } from 'zod';
import { InvariantError } from '../../domain/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';

/** What {@link createChildActivities} needs: the connection is that of the worker itself. */
export type ChildDependencies = object;

/** A child that is asked to stop puts its files back and says what it spent; one that is paused never hears of it. */
const END_GRACE_MS = 20_000;
const ENDED_POLL_MS = 250;

const findChild = defineStep<ChildDependencies>()({
  input: z.object({ workflowId: z.string(), basis: z.string() }),
  async run({ workflowId, basis }): Promise<{ isUsable: boolean }> {
    const handle = childHandle(workflowId);
    const found = await describe(handle);
    if (found === undefined) return { isUsable: false };
    const isSame = found.memo?.['basis'] === basis;
    if (isSame && found.isOpen) return { isUsable: true };
    if (isSame && found.status === 'COMPLETED')
      return { isUsable: !isCancelled((await resultOf(handle)).result) };
    if (found.isOpen) await endChild(handle);
    return { isUsable: false };
  },
});

const followChild = defineStep<ChildDependencies>()({
  input: z.object({ workflowId: z.string() }),
  async run({ workflowId }, { signal }): Promise<{ result: unknown }> {
    const handle = childHandle(workflowId);
    const aborted = new Promise<'aborted'>((resolve) => {
      if (signal.aborted) resolve('aborted');
      signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    const ended = resultOf(handle);
    // Whoever is cancelled is not told how it failed.
    ended.catch(() => undefined);
    const first = await Promise.race([ended, aborted]);
    if (first !== 'aborted') return first;
    // A pause or a reset of this waiting is none of the child.
    if (cancellationDetails()?.cancelRequested !== true) throw signal.reason;
    await handle.cancel().catch(() => undefined);
    const last = await Promise.race([ended, delay(END_GRACE_MS, 'late' as const)]);
    if (last === 'late') throw signal.reason;
    return last;
  },
});

const outcomeSchema = z.object({ outcome: z.string() });
const childResultSchema = z.union([outcomeSchema, z.object({ attempt: outcomeSchema })]);

/** An agent or attempt that was stopped before its end: it says what it spent, and its work is still to be done. */
function isCancelled(result: unknown): boolean {
  const { data } = childResultSchema.safeParse(result);
  if (data === undefined) return false;
  return ('attempt' in data ? data.attempt : data).outcome === 'cancelled';
}

/** Only children of the workflow that asks. */
function childHandle(workflowId: string): WorkflowHandle {
  const own = Context.current().info.workflowExecution?.workflowId ?? '';
  if (own !== '' && workflowId.startsWith(`${own}/`))
    return getClient().workflow.getHandle(workflowId);
  throw new InvariantError('ERR_ACTIVITY_INPUT', {
    message: `${workflowId} is no child of ${own}`,
    hint: 'this is a defect: report it',
  });
}

interface FoundChild {
  readonly isOpen: boolean;
  readonly status: string;
  readonly memo: Record<string, unknown> | undefined;
}

async function describe(handle: WorkflowHandle): Promise<FoundChild | undefined> {
  try {
    const { status, memo, closeTime } = await handle.describe();
    return { isOpen: closeTime === undefined, status: status.name, memo };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Asked first; a workflow that is paused cannot answer, and is ended. */
async function endChild(handle: WorkflowHandle): Promise<void> {
  await handle.cancel();
  const deadline = Date.now() + END_GRACE_MS;
  while (Date.now() < deadline) {
    const found = await describe(handle);
    if (found === undefined || !found.isOpen) return;
    if (found.status === 'PAUSED') break;
    await delay(ENDED_POLL_MS);
  }
  await handle.terminate('its parent was reset and begins this work anew');
}

async function resultOf(handle: WorkflowHandle): Promise<{ result: unknown }> {
  for (;;) {
    try {
      return { result: await handle.result() };
    } catch (error) {
      // A long poll that ran out is no answer.
      if (isGrpcDeadlineError(error)) continue;
      throw error instanceof WorkflowFailedError ? ended(error) : error;
    }
  }
}

function ended(error: WorkflowFailedError): ApplicationFailure {
  let cause: unknown = error.cause;
  while (
    (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) &&
    cause.cause !== undefined
  )
    cause = cause.cause;
  return cause instanceof ApplicationFailure
    ? ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []))
    : ApplicationFailure.nonRetryable('terminated', 'ERR_CHILD_ENDED');
}

const steps = { findChild, followChild };

/** What a workflow that was reset asks of the children that the execution before had started. */
export type ChildActivities = Activities<typeof steps>;

/** The activities about children, over the worker's own connection. */
export function createChildActivities(): ChildActivities {
  return bindSteps({}, steps);
}
