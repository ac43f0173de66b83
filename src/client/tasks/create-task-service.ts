import { createHash } from 'node:crypto';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ulid } from 'ulid';
import { stopSignal, TASK_UPDATES, tellTaskSchema } from '../../contracts/index.js';
import {
  InvalidInputError,
  isTerminal,
  taskRequestSchema,
  type TaskMessage,
  type TaskRequest,
  type TaskView,
} from '../../domain/index.js';
import { follow } from './follow-task.js';
import { listTasks } from './list-tasks.js';
import { TaskReader } from './task-reader.js';
import { createTaskRoom } from './task-room.js';
import type { TaskCaller, TaskOrder, TaskService } from './task-service.js';
import { reached, standing, start, type TaskServiceOptions, type Work } from './task-work.js';

/** For so long the same message makes no second task. */
const SAME_MESSAGE_MS = 24 * 3_600_000;
/** A cancelled task is waited for so long before it is shown as it is. */
const CANCEL_WAIT_MS = 5_000;

/** Tasks from outside over Temporal: what is decided is in a workflow, what is shown comes from its durable log. */
export function createTaskService(options: TaskServiceOptions): TaskService {
  const reader = new TaskReader(options);
  const now = options.now ?? Date.now;
  const ownerOf = async (taskId: string): Promise<string | undefined> =>
    (await reader.findRequest(taskId))?.owner;
  const hasEnded = async (taskId: string): Promise<boolean> =>
    (await options.tasks.readEnd(taskId)) !== undefined;
  const work = {
    ...options,
    reader,
    now,
    room: createTaskRoom({ ...options, ownerOf, hasEnded, now }),
  };
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
    await work.room.require(caller.name, request.taskId);
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
