import type {
  TaskCaller,
  TaskEvent,
  TaskOrder,
  TaskService,
} from '../../src/client/tasks/task-service.js';
import {
  InvalidInputError,
  isTerminal,
  type TaskUpdate,
  type TaskView,
} from '../../src/domain/index.js';

/** Id of the task that a fake service has first. */
export const FAKE_TASK = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** A task service in memory: what it was asked is kept, and `fail` makes every call throw. */
export class FakeTasks implements TaskService {
  readonly orders: { caller: TaskCaller; order: TaskOrder }[] = [];
  readonly told: unknown[] = [];
  readonly filters: unknown[] = [];
  readonly followed: number[] = [];
  /** Streams that are open. */
  open = 0;
  view: TaskView;
  updates: TaskUpdate[] = [];
  /** Keeps a stream open behind its updates until its reader goes. */
  isEndless = false;
  fail: unknown = undefined;

  constructor(changes: Partial<TaskView> = {}) {
    this.view = {
      taskId: FAKE_TASK,
      contextId: 'context',
      skill: 'code',
      state: 'working',
      text: 'at it',
      at: '2026-11-29T00:00:00.000Z',
      createdAt: '2026-11-29T00:00:00.000Z',
      history: [],
      artifacts: [],
      cursor: 3,
      ...changes,
    };
  }

  private known(caller: TaskCaller, taskId: string): TaskView {
    if (this.fail !== undefined) throw this.fail;
    if (caller.name === 'owner' && taskId === this.view.taskId) return this.view;
    throw new InvalidInputError('ERR_TASK_NOT_FOUND', { message: 'there is no such task' });
  }

  async submit(caller: TaskCaller, order: TaskOrder): Promise<TaskView> {
    if (this.fail !== undefined) throw this.fail;
    this.orders.push({ caller, order });
    return Promise.resolve(this.view);
  }

  async tell(caller: TaskCaller, told: { taskId: string }): Promise<TaskView> {
    const view = this.known(caller, told.taskId);
    if (isTerminal(view.state))
      throw new InvalidInputError('ERR_TASK_ENDED', { message: 'it has ended' });
    this.told.push(told);
    return Promise.resolve(view);
  }

  async get(caller: TaskCaller, taskId: string): Promise<TaskView> {
    return Promise.resolve(this.known(caller, taskId));
  }

  async list(_caller: TaskCaller, filter: unknown) {
    if (this.fail !== undefined) throw this.fail;
    this.filters.push(filter);
    return Promise.resolve({ tasks: [this.view], nextPageToken: 'next', totalSize: 2 });
  }

  async cancel(caller: TaskCaller, taskId: string): Promise<TaskView> {
    return Promise.resolve({ ...this.known(caller, taskId), state: 'canceled' as const });
  }

  async *follow(
    caller: TaskCaller,
    wanted: { taskId: string; cursor: number; signal: AbortSignal },
  ): AsyncIterable<TaskEvent> {
    this.known(caller, wanted.taskId);
    this.followed.push(wanted.cursor);
    this.open += 1;
    try {
      for (const update of this.updates)
        if (update.seq > wanted.cursor) yield { kind: 'update', update };
      if (this.isEndless)
        await new Promise<void>((resolve) => {
          if (wanted.signal.aborted) resolve();
          wanted.signal.addEventListener('abort', () => resolve(), { once: true });
        });
    } finally {
      this.open -= 1;
    }
  }

  async artifact(caller: TaskCaller, wanted: { taskId: string; artifactId: string }) {
    this.known(caller, wanted.taskId);
    const found = this.view.artifacts.find(({ artifactId }) => artifactId === wanted.artifactId);
    if (found === undefined)
      throw new InvalidInputError('ERR_ARTIFACT_NOT_FOUND', { message: 'no such artifact' });
    return Promise.resolve({ mediaType: found.mediaType, name: found.name, text: found.text });
  }
}
