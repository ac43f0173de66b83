import { createHash } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ulid } from 'ulid';
import {
  OPEN_WORKFLOWS,
  stopSignal,
  TASK_UPDATES,
  tellTaskSchema,
  WORKFLOW_TYPES,
} from '../../contracts/index.js';
import {
  CodetetherError,
  InfrastructureError,
  InvalidInputError,
  isTerminal,
  taskRequestSchema,
  type TaskMessage,
  type TaskRequest,
  type TaskView,
} from '../../domain/index.js';
import { isOpen } from '../operator.js';
import type { EventPort, TaskPort } from '../ports.js';
import { taskStart } from './start-task.js';
import { listTasks } from './list-tasks.js';
import { TaskReader } from './task-reader.js';
import type { TaskCaller, TaskEvent, TaskOrder, TaskService } from './task-service.js';

/** What {@link createTaskService} needs. */
export interface TaskServiceOptions {
  readonly temporal: Client;
  readonly tasks: TaskPort;
  readonly events: EventPort;
  /** Queue on which coordinators run. */
  readonly taskQueue: string;
  /** Most tasks that may be open at once. */
  readonly maxOpen: number;
  /** False on a cluster that lacks our search attributes. */
  readonly hasSearchAttributes: boolean;
  /** Clock for tests. Default Date.now. */
  readonly now?: () => number;
}

/** For so long the same message makes no second task. */
const SAME_MESSAGE_MS = 24 * 3_600_000;
/** A cancelled task is waited for so long before it is shown as it is. */
const CANCEL_WAIT_MS = 5_000;
/** A task whose events stand still so long is asked for in Temporal. */
const SILENT_MS = 60_000;
const TASK_LOST = 'ERR_TASK_LOST';

/** Tasks from outside over Temporal: what is decided is in a workflow, what is shown comes from its durable log. */
export function createTaskService(options: TaskServiceOptions): TaskService {
  const reader = new TaskReader(options);
  const work = { ...options, reader, now: options.now ?? Date.now };
  return {
    submit: (caller, order) => reached(() => submit(work, caller, order)),
    tell: (caller, told) => reached(() => tell(work, caller, told)),
    get: (caller, taskId) =>
      reached(async () => standing(work, await reader.request(caller, taskId))),
    list: (caller, filter) => reached(() => listTasks(work, caller, filter)),
    cancel: (caller, taskId) => reached(() => cancel(work, caller, taskId)),
    follow: (caller, wanted) => follow(work, caller, wanted),
    artifact: (caller, wanted) => reached(() => artifact(work, caller, wanted)),
  };
}

interface Work extends TaskServiceOptions {
  readonly reader: TaskReader;
  readonly now: () => number;
}

/** Whatever is no word of ours means that a server or a disk does not answer: nothing was decided. */
async function reached<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodetetherError) throw error;
    throw new InfrastructureError('ERR_TASKS_UNREACHABLE', {
      message:
        'tasks cannot be reached at the moment: the Temporal server or the disk does not answer',
      hint: 'make the same request again: nothing was decided',
      cause: error,
    });
  }
}

async function submit(work: Work, caller: TaskCaller, order: TaskOrder): Promise<TaskView> {
  const { tasks, reader, now } = work;
  const wanted = {
    taskId: ulid(now()).toLowerCase(),
    digest: digestOf(order),
    at: new Date(now()).toISOString(),
  };
  const key = sha256(JSON.stringify([caller.name, order.message.messageId]));
  parsedRequest(requestOf(caller, order, wanted));
  const reserved = await tasks.reserve(key, wanted, SAME_MESSAGE_MS);
  if (reserved.digest !== wanted.digest) throw messageReused();
  const request = parsedRequest(requestOf(caller, order, reserved));
  if ((await tasks.readRequest(request.taskId)) === undefined) {
    await requireRoom(work);
    await tasks.writeRequest(request);
  }
  const ended = await tasks.readEnd(request.taskId);
  if (ended !== undefined) return ended;
  await start(work, request);
  return reader.view(request);
}

/** The same for every one of many equal requests: whoever comes first gives id and time. */
function requestOf(
  caller: TaskCaller,
  order: TaskOrder,
  { taskId, at }: { readonly taskId: string; readonly at: string },
) {
  return {
    version: 1,
    ...order,
    taskId,
    contextId: order.contextId ?? taskId,
    owner: caller.name,
    createdAt: at,
  };
}

const ISSUES_SHOWN = 5;

function parsedRequest(raw: unknown): TaskRequest {
  const parsed = taskRequestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, ISSUES_SHOWN);
  throw new InvalidInputError('ERR_TASK_INPUT', {
    message: issues
      .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
      .join('; '),
    where: { field: issues[0]?.path.map(String).join('.') ?? '' },
    hint: 'correct the message and send it under another id',
  });
}

/** Tasks that have not ended. */
export async function countOpenTasks(temporal: Client): Promise<number> {
  const { count } = await temporal.workflow.count(
    `${OPEN_WORKFLOWS} AND WorkflowType = '${WORKFLOW_TYPES.remoteTask}'`,
  );
  return count;
}

async function requireRoom({ temporal, maxOpen }: Work): Promise<void> {
  const count = await countOpenTasks(temporal);
  if (count < maxOpen) return;
  throw new InfrastructureError('ERR_TOO_MANY_TASKS', {
    message: `${count} tasks are open already; this service takes ${maxOpen}`,
    hint: 'send the same message again later',
  });
}

async function start(work: Work, request: TaskRequest): Promise<void> {
  try {
    await work.temporal.workflow.start(WORKFLOW_TYPES.remoteTask, taskStart(work, request));
  } catch (error) {
    // It was started by an equal request, or by an earlier try of this one.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function tell(
  { temporal, reader }: Work,
  caller: TaskCaller,
  told: {
    readonly taskId: string;
    readonly contextId?: string | undefined;
    readonly message: TaskMessage;
  },
): Promise<TaskView> {
  const request = await reader.request(caller, told.taskId);
  if (told.contextId !== undefined && told.contextId !== request.contextId)
    throw new InvalidInputError('ERR_CONTEXT_MISMATCH', {
      message: 'the task belongs to another context',
      where: { field: 'contextId' },
      hint: 'leave contextId out, or name the one of the task',
    });
  const before = await reader.view(request);
  if (isTerminal(before.state)) throw taskEnded(before);
  // what a client keeps with its message is its own, and has no place in a history
  const { metadata: _own, ...message } = told.message;
  const said = tellTaskSchema.safeParse({ message });
  if (!said.success)
    throw new InvalidInputError('ERR_TASK_INPUT', {
      message: said.error.issues[0]?.message ?? 'the message cannot be read',
      where: { field: 'message' },
      hint: 'answer with text of at most 8000 characters; files come with the task itself',
    });
  try {
    await temporal.workflow
      .getHandle(`task/${request.taskId}`)
      .executeUpdate(TASK_UPDATES.tell, { args: [said.data] });
  } catch (error) {
    throw refusalOf(error, before);
  }
  return reader.view(request);
}

function refusalOf(error: unknown, view: TaskView): unknown {
  if (error instanceof WorkflowNotFoundError) return taskEnded(view);
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  const failure = innermost(cause);
  if (failure?.type?.startsWith('ERR_') !== true) return error;
  if (failure.type === 'ERR_TASK_ENDED') return taskEnded(view);
  return new InvalidInputError(failure.type, {
    message: failure.message,
    hint: 'get the task to see what it asks',
  });
}

function innermost(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? undefined : innermost(cause);
}

async function cancel(work: Work, caller: TaskCaller, taskId: string): Promise<TaskView> {
  const { temporal, reader } = work;
  const request = await reader.request(caller, taskId);
  const before = await standing(work, request);
  if (isTerminal(before.state)) throw taskEnded(before);
  const handle = temporal.workflow.getHandle(`task/${taskId}`);
  try {
    await handle.signal(stopSignal);
    await handle.cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  const waiting = AbortSignal.timeout(CANCEL_WAIT_MS);
  for await (const update of reader.updates(request, waiting))
    if (update.kind === 'status' && isTerminal(update.state)) break;
  return reader.view(request);
}

/** The task as it stands; one whose workflow somebody ended from outside has failed, and says so from now on. */
async function standing(work: Work, request: TaskRequest): Promise<TaskView> {
  const { reader, temporal, tasks, now } = work;
  const view = await reader.view(request);
  const isSilent = now() - Date.parse(view.at) > SILENT_MS;
  if (isTerminal(view.state) || !isSilent) return view;
  const isGone = await temporal.workflow
    .getHandle(`task/${request.taskId}`)
    .describe()
    .then((found) => !isOpen(found))
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    });
  if (!isGone) return view;
  const last = await reader.view(request);
  if (isTerminal(last.state)) return last;
  if (last.state === 'submitted') return begunAgain(work, request, last);
  const text = `${TASK_LOST}: its workflow was terminated or deleted in Temporal`;
  const lost = { ...last, state: 'failed' as const, text, at: new Date(now()).toISOString() };
  await tasks.writeEnd(lost);
  return lost;
}

/** What was written down and never started, because Temporal did not answer: it is started now. A start that was refused is an end from outside. */
async function begunAgain(work: Work, request: TaskRequest, view: TaskView): Promise<TaskView> {
  await start(work, request);
  return view;
}

async function* follow(
  work: Work,
  caller: TaskCaller,
  { taskId, cursor, signal }: Parameters<TaskService['follow']>[1],
): AsyncGenerator<TaskEvent> {
  const { reader } = work;
  const request = await reached(() => reader.request(caller, taskId));
  const view = await reached(() => standing(work, request));
  const head = await reached(() => reader.head(request));
  const isBehind = isTerminal(view.state) && head < view.cursor;
  if (cursor > Math.max(head, view.cursor) || (isBehind && cursor < view.cursor)) {
    yield { kind: 'gap', view };
    if (isTerminal(view.state)) return;
    cursor = view.cursor;
  }
  if (isBehind) return;
  let last = cursor;
  try {
    for await (const update of reader.updates(request, signal, endWatch(work, request))) {
      if (update.seq <= cursor) continue;
      last = update.seq;
      yield { kind: 'update', update };
    }
    // One that was ended from outside has no last event: its view tells of the end.
    const end = signal.aborted ? undefined : await reader.view(request);
    if (
      end !== undefined &&
      isTerminal(end.state) &&
      !(await reader.hasEnded(request)) &&
      last >= cursor
    )
      yield { kind: 'gap', view: end };
  } catch (error) {
    await reached(() => Promise.reject(error as Error));
  }
}

/** At a quiet moment: whether the task ended without a last event. Temporal is asked once a minute at most. */
function endWatch(work: Work, request: TaskRequest): () => Promise<boolean> {
  let askedAt = work.now();
  return async () => {
    if ((await work.tasks.readEnd(request.taskId)) !== undefined)
      return !(await work.reader.hasEnded(request));
    if (work.now() - askedAt < SILENT_MS) return false;
    askedAt = work.now();
    await standing(work, request);
    return false;
  };
}

async function artifact(
  { reader, tasks }: Work,
  caller: TaskCaller,
  { taskId, artifactId }: Parameters<TaskService['artifact']>[1],
): ReturnType<TaskService['artifact']> {
  const view = await reader.view(await reader.request(caller, taskId));
  const found = view.artifacts.find((one) => one.artifactId === artifactId);
  const text =
    found?.digest === undefined ? found?.text : await tasks.readArtifact(taskId, artifactId);
  if (found === undefined || text === undefined)
    throw new InvalidInputError('ERR_ARTIFACT_NOT_FOUND', {
      message: 'the task has no such artifact',
      where: { field: 'artifactId' },
      hint: 'get the task to see its artifacts',
    });
  return { mediaType: found.mediaType, name: found.name, text };
}

/** What makes two messages the same one. */
function digestOf({
  message,
  skill,
  place,
  contextId,
  model,
  limits,
  branch,
  autoApprove,
}: TaskOrder): string {
  return sha256(
    JSON.stringify([message, skill, place, contextId, model, limits, branch, autoApprove]),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function messageReused(): InvalidInputError {
  return new InvalidInputError('ERR_MESSAGE_REUSED', {
    message: 'another message came under the same messageId',
    where: { field: 'messageId' },
    hint: 'give each message an id of its own',
  });
}

function taskEnded({ state }: TaskView): InvalidInputError {
  return new InvalidInputError('ERR_TASK_ENDED', {
    message: `the task has ended: ${state}`,
    where: { field: 'taskId' },
    hint: 'hand in another task of the same context to go on',
  });
}
