import type { EventType, RunEvent } from '../run/event.js';
import {
  isTerminal,
  taskArtifactSchema,
  taskMessageSchema,
  taskStateSchema,
  type TaskArtifact,
  type TaskMessage,
  type TaskRequest,
  type TaskState,
} from './remote-task.js';
import { taskOptions } from './task-options.js';
import type { TaskUpdate, TaskView } from './task-view.js';

/** Events of a run that people who watch a task are told, in the words of the event. */
const TOLD: ReadonlySet<EventType> = new Set([
  'task.start',
  'task.note',
  'run.wait',
  'run.pause',
  'run.resume',
  'run.note',
  'story.start',
  'story.end',
  'story.note',
  'setup.start',
  'baseline.start',
  'baseline.end',
  'merge.end',
  'check.end',
  'commit.end',
  'tool.start',
  'model.switch',
]);

const ASKS: ReadonlySet<EventType> = new Set(['question.ask', 'permission.ask']);
const ANSWERED: ReadonlySet<EventType> = new Set([
  'question.answer',
  'question.default',
  'question.park',
  'permission.answer',
  'permission.deny',
]);

/** How a task stands while its events are read, one after the other. */
export interface TaskFold {
  readonly state: TaskState;
  readonly text: string | null;
  readonly at: string;
  readonly told: readonly TaskMessage[];
  readonly artifacts: readonly TaskArtifact[];
  /** Stories whose agents wait for an answer, oldest first. */
  readonly asking: readonly string[];
  /** Number of the newest event that was an update. */
  readonly cursor: number;
  /** Events read so far; numbers of updates come from here, so that they never change. */
  readonly count: number;
}

/** A task of which nothing has happened yet. Pure. */
export function beginFold(request: Pick<TaskRequest, 'createdAt'>): TaskFold {
  return {
    state: 'submitted',
    text: null,
    at: request.createdAt,
    told: [],
    artifacts: [],
    asking: [],
    cursor: 0,
    count: 0,
  };
}

/** The next event of the task's log, and what those who watch are told of it; the first terminal state wins. Pure. */
export function foldEvent(
  fold: TaskFold,
  event: RunEvent,
): { readonly fold: TaskFold; readonly update: TaskUpdate | undefined } {
  const count = fold.count + 1;
  const counted = { ...fold, count };
  if (isTerminal(fold.state)) return { fold: counted, update: undefined };
  const update = updateOf(counted, event);
  if (update === undefined)
    return { fold: { ...counted, asking: askingAfter(fold, event) }, update };
  return { fold: withUpdate({ ...counted, asking: askingAfter(fold, event) }, update), update };
}

function withUpdate(fold: TaskFold, update: TaskUpdate): TaskFold {
  const cursor = update.seq;
  if (update.kind === 'message') return { ...fold, cursor, told: [...fold.told, update.message] };
  if (update.kind === 'artifact')
    return { ...fold, cursor, artifacts: [...fold.artifacts, update.artifact] };
  const at = update.state === fold.state ? fold.at : update.at;
  return { ...fold, cursor, state: update.state, text: update.text, at };
}

function updateOf(fold: TaskFold, event: RunEvent): TaskUpdate | undefined {
  const common = { seq: fold.count, at: event.at };
  if (event.type === 'task.end') {
    const state = taskStateSchema.catch('failed').parse(event.data?.['state']);
    const text = event.text ?? null;
    return { kind: 'status', ...common, state: isTerminal(state) ? state : 'failed', text };
  }
  if (event.type === 'task.artifact') {
    const artifact = taskArtifactSchema.safeParse(event.data);
    return artifact.success ? { kind: 'artifact', ...common, artifact: artifact.data } : undefined;
  }
  if (event.type === 'task.message') {
    const message = taskMessageSchema.safeParse(event.data);
    return message.success ? { kind: 'message', ...common, message: message.data } : undefined;
  }
  const status = statusOf(askingAfter(fold, event).length > 0, event);
  return status === undefined ? undefined : { kind: 'status', ...common, ...status };
}

function statusOf(
  isAsking: boolean,
  event: RunEvent,
): Pick<Extract<TaskUpdate, { kind: 'status' }>, 'state' | 'text'> | undefined {
  const { type } = event;
  const text = event.text ?? null;
  if (ASKS.has(type)) return { state: 'input-required', text: wholeQuestion(event) };
  const state = isAsking ? 'input-required' : 'working';
  if (ANSWERED.has(type)) return { state, text };
  // what others do meanwhile is no answer to a question
  return TOLD.has(type) && !isAsking ? { state, text } : undefined;
}

/** The line of the event is cut for lists; an answer needs all of it. */
function wholeQuestion({ data, text }: RunEvent): string | null {
  const whole = data?.['question'];
  return typeof whole === 'string' ? whole : (text ?? null);
}

function askingAfter({ asking }: TaskFold, { type, source, story }: RunEvent): readonly string[] {
  const who = story ?? source;
  if (ASKS.has(type)) return asking.includes(who) ? asking : [...asking, who];
  if (ANSWERED.has(type) || type === 'story.end' || type === 'attempt.end')
    return asking.filter((one) => one !== who);
  return type === 'run.end' ? [] : asking;
}

/** A task as it stands. Pure. */
export function viewOf(request: TaskRequest, fold: TaskFold): TaskView {
  const { taskId, contextId, skill, createdAt, message } = request;
  const { state, text, at, artifacts, told, cursor } = fold;
  return {
    taskId,
    contextId,
    skill,
    createdAt,
    options: taskOptions(request),
    state,
    text,
    at,
    artifacts,
    cursor,
    history: [message, ...told],
  };
}
