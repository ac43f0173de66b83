import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { OPEN_WORKFLOWS } from '../contracts/index.js';
import { byOperator, type OperatorHold, type RunRecord } from '../domain/index.js';

/** Workflows of one run that are looked at; a run has a few open ones for each lane. */
const OPEN_LIMIT = 200;
/** HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT of Temporal's API. */
const CLOSE_EVENT = 2;

const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED']);

/** True for a workflow that has not ended, one that an operator paused included. */
export function isOpen({ status }: { readonly status: { readonly name: string } }): boolean {
  return OPEN.has(status.name);
}

type Description = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;

/** What somebody paused in Temporal of a run and the workflows below it; throws what the server answers. */
export async function operatorHolds(client: Client, record: RunRecord): Promise<OperatorHold[]> {
  const holds: OperatorHold[] = [];
  for (const workflowId of await openIds(client, record)) {
    const found = await describe(client, workflowId);
    if (found !== undefined && isOpen(found)) holds.push(...holdsOf(found));
  }
  return holds;
}

/** Everything below a run has an id below its own, also what an execution before a reset had started. */
async function openIds(client: Client, { workflowId, runId }: RunRecord): Promise<string[]> {
  const ids = [workflowId];
  const prefix = `${workflowId}/${runId}/`.replaceAll("'", "''");
  const query = `${OPEN_WORKFLOWS} AND WorkflowId STARTS_WITH '${prefix}'`;
  for await (const found of client.workflow.list({ query })) {
    ids.push(found.workflowId);
    if (ids.length >= OPEN_LIMIT) break;
  }
  return ids;
}

async function describe(client: Client, workflowId: string): Promise<Description | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function holdsOf({ raw, workflowId, runId: temporalRunId }: Description): OperatorHold[] {
  const place = { workflowId, temporalRunId };
  const pause = raw.workflowExtendedInfo?.pauseInfo;
  const activities = (raw.pendingActivities ?? []).filter(({ paused }) => paused === true);
  return [
    ...(pause === null || pause === undefined
      ? []
      : [{ kind: 'workflow', ...place, ...who(pause, pause.pausedTime) } as const]),
    ...activities.map(
      (activity) => ({ kind: 'activity', ...place, ...pausedActivity(activity) }) as const,
    ),
  ];
}

type PendingActivity = NonNullable<Description['raw']['pendingActivities']>[number];

function pausedActivity({ activityId, activityType, pauseInfo }: PendingActivity) {
  const activity = { id: activityId ?? '', type: activityType?.name ?? '' };
  return { activity, ...who(pauseInfo?.manual, pauseInfo?.pauseTime) };
}

function who(
  by: { readonly identity?: string | null; readonly reason?: string | null } | null | undefined,
  at: Parameters<typeof tsToMs>[0],
): Pick<OperatorHold, 'identity' | 'reason' | 'since'> {
  return { identity: by?.identity ?? '', reason: by?.reason ?? '', since: isoTime(at) };
}

function isoTime(time: Parameters<typeof tsToMs>[0]): string | null {
  return time === null || time === undefined ? null : new Date(tsToMs(time)).toISOString();
}

/** Ends what {@link operatorHolds} found; one that is over already is fine. Gives how many there were. */
export async function liftHolds(client: Client, holds: readonly OperatorHold[]): Promise<number> {
  if (holds.length === 0) return 0;
  const { workflowService } = client.connection;
  const { namespace, identity } = client.options;
  const reason = 'codetether resume';
  // A workflow first: its activities start only when it goes on.
  for (const hold of [...holds].sort((left, right) => rank(left) - rank(right))) {
    const { workflowId, temporalRunId: runId } = hold;
    const lifted =
      hold.activity === undefined
        ? workflowService.unpauseWorkflowExecution({
            namespace,
            workflowId,
            runId,
            identity,
            reason,
          })
        : workflowService.unpauseActivity({
            namespace,
            execution: { workflowId, runId },
            identity,
            id: hold.activity.id,
          });
    await (lifted as Promise<unknown>).catch((error: unknown) => ignoreOver(error));
  }
  return holds.length;
}

function rank({ kind }: OperatorHold): number {
  return kind === 'workflow' ? 0 : 1;
}

/** NOT_FOUND and FAILED_PRECONDITION of gRPC: it ended meanwhile, or somebody else was faster. */
const OVER: ReadonlySet<unknown> = new Set([5, 9]);

function ignoreOver(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!OVER.has(code)) throw error;
}

/** Who ended a run's workflow that could not say so itself, in words; undefined when it closed in another way. */
export async function outsideEnd(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<string | undefined> {
  const { history } = await client.connection.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: CLOSE_EVENT,
  });
  const event = history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes;
  if (event === null || event === undefined) return undefined;
  return `terminated ${byOperator({ identity: event.identity ?? '', reason: event.reason ?? '' })}`;
}
