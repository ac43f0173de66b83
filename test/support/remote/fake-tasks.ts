import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type {
  TaskCaller,
  TaskEvent,
  TaskFilter,
  TaskOrder,
  TaskPage,
  TaskService,
} from '../../../src/client/index.js';
import {
  InvalidInputError,
  isTerminal,
  type TaskArtifact,
  type TaskMessage,
  type TaskUpdate,
  type TaskView,
} from '../../../src/domain/index.js';

type NewUpdate =
  | Omit<Extract<TaskUpdate, { kind: 'status' }>, 'seq' | 'at'>
  | Omit<Extract<TaskUpdate, { kind: 'artifact' }>, 'seq' | 'at'>
  | Omit<Extract<TaskUpdate, { kind: 'message' }>, 'seq' | 'at'>;

/** One task of {@link FakeTasks}, for the agent that works on it. */
export interface FakeTask {
  readonly taskId: string;
  readonly contextId: string;
  readonly owner: string;
  readonly order: TaskOrder;
  readonly createdAt: string;
  readonly updates: TaskUpdate[];
  readonly history: TaskMessage[];
  readonly artifacts: TaskArtifact[];
  /** Number of the newest update that is not kept any more. */
  dropped: number;
  /** Adds an update; ignored once the task has ended, so that the first terminal state wins. */
  tell(update: NewUpdate): void;
}

/** What works on tasks; called for each, and again with the message for each answer. */
export type FakeAgent = (task: FakeTask, answer: TaskMessage | undefined) => void;

/** The first text of a message. */
export function textOf(message: TaskMessage): string {
  const part = message.parts.find(({ kind }) => kind === 'text');
  return part?.kind === 'text' ? part.text : '';
}

/** An artifact whose text is the whole. */
export function artifact(text: string, more: Partial<TaskArtifact> = {}): TaskArtifact {
  return {
    artifactId: 'answer',
    name: 'answer.md',
    mediaType: 'text/markdown',
    text,
    bytes: Buffer.byteLength(text),
    ...more,
  };
}

/**
 * By the first word of the task: `wait` works until somebody ends it, `ask` wants an answer, `fail` and `reject` do so, everything
 * else is answered with an artifact.
 */
export const plainAgent: FakeAgent = (task, answer) => {
  const text = textOf(task.order.message);
  const status = (state: TaskView['state'], about: string | null = null): void =>
    task.tell({ kind: 'status', state, text: about });
  if (text.startsWith('reject')) return status('rejected', 'no such workspace');
  status('working');
  if (text.startsWith('wait')) return;
  if (text.startsWith('fail')) return status('failed', 'the checks are red');
  if (text.startsWith('ask') && answer === undefined) {
    return task.tell({
      kind: 'status',
      state: 'input-required',
      text: 'Which branch?',
      options: ['main', 'next'],
    });
  }
  const said = answer === undefined ? text : textOf(answer);
  task.tell({ kind: 'artifact', artifact: artifact(`done: ${said}`) });
  status('completed', 'done');
};

/** Tasks in memory, as faithful to the contract as the real ones: owners, idempotent sends, numbers, first terminal state, gaps. */
export class FakeTasks implements TaskService {
  readonly tasks = new Map<string, FakeTask>();
  /** Callers of `follow` that have not ended. */
  followers = 0;
  /** Thrown by every call while it is set. */
  fault: Error | undefined;
  /** Workflows that would have been started. */
  started = 0;
  readonly #byMessage = new Map<string, { readonly body: string; readonly taskId: string }>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #agent: FakeAgent;
  #clock = Date.parse('2026-01-01T00:00:00.000Z');

  constructor(agent: FakeAgent = plainAgent) {
    this.#agent = agent;
  }

  async submit(caller: TaskCaller, order: TaskOrder): Promise<TaskView> {
    await this.#beReachable();
    const key = `${caller.name}\n${order.message.messageId}`;
    const body = digest(order);
    const known = this.#byMessage.get(key);
    if (known !== undefined) {
      if (known.body !== body)
        throw refuse('ERR_MESSAGE_REUSED', 'another body came under this id');
      return this.#view(this.#find(caller, known.taskId));
    }
    const task = this.#create(caller, order);
    this.#byMessage.set(key, { body, taskId: task.taskId });
    this.started += 1;
    // the view is of before the agent begins, as a workflow that was only just started
    const view = this.#view(task);
    queueMicrotask(() => this.#agent(task, undefined));
    return view;
  }

  async tell(
    caller: TaskCaller,
    told: { taskId: string; contextId?: string | undefined; message: TaskMessage },
  ): Promise<TaskView> {
    await this.#beReachable();
    const task = this.#find(caller, told.taskId);
    if (told.contextId !== undefined && told.contextId !== task.contextId)
      throw refuse('ERR_CONTEXT_MISMATCH', 'the context is not that of the task');
    if (task.history.some(({ messageId }) => messageId === told.message.messageId))
      return this.#view(task);
    const { state } = this.#view(task);
    if (isTerminal(state)) throw refuse('ERR_TASK_ENDED', 'the task has ended');
    if (state !== 'input-required') throw refuse('ERR_TASK_ASKS_NOTHING', 'the task asks nothing');
    task.history.push(told.message);
    task.tell({ kind: 'message', message: told.message });
    task.tell({ kind: 'status', state: 'working', text: null });
    const view = this.#view(task);
    queueMicrotask(() => this.#agent(task, told.message));
    return view;
  }

  async get(caller: TaskCaller, taskId: string): Promise<TaskView> {
    await this.#beReachable();
    return this.#view(this.#find(caller, taskId));
  }

  async list(caller: TaskCaller, filter: TaskFilter): Promise<TaskPage> {
    await this.#beReachable();
    const views = [...this.tasks.values()]
      .filter(({ owner }) => owner === caller.name)
      .map((task) => this.#view(task))
      .filter(({ contextId }) => filter.contextId === undefined || contextId === filter.contextId)
      .filter(({ state }) => filter.state === undefined || state === filter.state)
      .filter(({ at }) => filter.since === undefined || at >= filter.since)
      .sort((left, right) => right.at.localeCompare(left.at));
    const start = filter.pageToken === undefined ? 0 : Number(filter.pageToken);
    if (!Number.isSafeInteger(start)) throw refuse('ERR_PAGE_TOKEN', 'this is no page token');
    const end = start + filter.pageSize;
    return {
      tasks: views.slice(start, end),
      nextPageToken: end < views.length ? String(end) : '',
      totalSize: views.length,
    };
  }

  async cancel(caller: TaskCaller, taskId: string): Promise<TaskView> {
    await this.#beReachable();
    const task = this.#find(caller, taskId);
    if (isTerminal(this.#view(task).state)) throw refuse('ERR_TASK_ENDED', 'the task has ended');
    task.tell({ kind: 'status', state: 'canceled', text: 'canceled by its owner' });
    return this.#view(task);
  }

  async *follow(
    caller: TaskCaller,
    { taskId, cursor, signal }: { taskId: string; cursor: number; signal: AbortSignal },
  ): AsyncIterable<TaskEvent> {
    await this.#beReachable();
    const task = this.#find(caller, taskId);
    this.followers += 1;
    try {
      const isGap = cursor < task.dropped || cursor > task.updates.length;
      const view = this.#view(task);
      if (isGap) yield { kind: 'gap', view };
      yield* this.#updates(task, isGap ? view.cursor : cursor, signal);
    } finally {
      this.followers -= 1;
    }
  }

  async *#updates(task: FakeTask, from: number, signal: AbortSignal): AsyncIterable<TaskEvent> {
    let seen = from;
    while (!signal.aborted) {
      const update = task.updates[seen];
      if (update === undefined && isTerminal(this.#view(task).state)) return;
      if (this.fault !== undefined) throw this.fault;
      if (update === undefined) {
        await this.#changed(task.taskId, signal);
        continue;
      }
      seen += 1;
      yield { kind: 'update', update };
    }
  }

  async artifact(
    caller: TaskCaller,
    { taskId, artifactId }: { taskId: string; artifactId: string },
  ): Promise<{ mediaType: string; name: string; text: string }> {
    await this.#beReachable();
    const found = this.#find(caller, taskId).artifacts.find((one) => one.artifactId === artifactId);
    if (found === undefined) throw refuse('ERR_ARTIFACT_NOT_FOUND', 'there is no such artifact');
    return found;
  }

  /** A task that there must be. */
  task(taskId: string): FakeTask {
    const task = this.tasks.get(taskId);
    if (task === undefined) throw new Error(`no task ${taskId}`);
    return task;
  }

  #create(caller: TaskCaller, order: TaskOrder): FakeTask {
    const taskId = ulid().toLowerCase();
    const task: FakeTask = {
      taskId,
      contextId: order.contextId ?? `ctx-${taskId}`,
      owner: caller.name,
      order,
      createdAt: this.#now(),
      updates: [],
      history: [order.message],
      artifacts: [],
      dropped: 0,
      tell: (update) => {
        if (isTerminal(this.#view(task).state)) return;
        if (update.kind === 'artifact') task.artifacts.push(update.artifact);
        task.updates.push({ ...update, seq: task.updates.length + 1, at: this.#now() });
        for (const wake of this.#waiting.get(taskId) ?? []) wake();
      },
    };
    this.tasks.set(taskId, task);
    return task;
  }

  #view(task: FakeTask): TaskView {
    const status = task.updates.findLast((update) => update.kind === 'status');
    const { taskId, contextId, createdAt, history, artifacts } = task;
    return {
      taskId,
      contextId,
      skill: task.order.skill,
      state: status?.kind === 'status' ? status.state : 'submitted',
      text: status?.kind === 'status' ? status.text : null,
      at: status?.at ?? createdAt,
      createdAt,
      history: [...history],
      artifacts: [...artifacts],
      cursor: task.updates.length,
    };
  }

  #find(caller: TaskCaller, taskId: string): FakeTask {
    const task = this.tasks.get(taskId);
    if (task !== undefined && task.owner === caller.name) return task;
    throw refuse('ERR_TASK_NOT_FOUND', 'there is no such task');
  }

  #changed(taskId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(taskId) ?? new Set();
      this.#waiting.set(taskId, waiting);
      const wake = (): void => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #now(): string {
    this.#clock += 1;
    return new Date(this.#clock).toISOString();
  }

  async #beReachable(): Promise<void> {
    await Promise.resolve();
    if (this.fault !== undefined) throw this.fault;
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function refuse(code: string, message: string): InvalidInputError {
  return new InvalidInputError(code, { message });
}
