import { randomBytes } from 'node:crypto';
import type {
  TaskCaller,
  TaskEvent,
  TaskFilter,
  TaskOrder,
  TaskPage,
  TaskService,
} from '../../src/client/index.js';
import {
  InfrastructureError,
  InvalidInputError,
  isTerminal,
  type TaskArtifact,
  type TaskMessage,
  type TaskState,
  type TaskUpdate,
  type TaskView,
} from '../../src/domain/index.js';

/** What a test says an update is; number and time are given by the fake. */
export type Said =
  | {
      readonly kind: 'status';
      readonly state: TaskState;
      readonly text?: string;
      readonly options?: string[];
    }
  | {
      readonly kind: 'artifact';
      readonly id: string;
      readonly text: string;
      readonly isLong?: boolean;
    }
  | { readonly kind: 'message'; readonly text: string };

/** One task of the fake. */
export interface FakeTask {
  readonly taskId: string;
  readonly contextId: string;
  readonly caller: string;
  readonly order: TaskOrder;
  readonly updates: TaskUpdate[];
  state: TaskState;
  text: string | null;
  readonly artifacts: TaskArtifact[];
  readonly history: TaskMessage[];
  readonly whole: Map<string, string>;
}

/**
 * Tasks in memory, driven by the test: `say` is what happens to one. It keeps the contract of `TaskService` as far as the platform worker
 * relies on it: idempotent by caller and message, ordered updates, first terminal state wins.
 */
export class FakePlatformTasks implements TaskService {
  readonly tasks: FakeTask[] = [];
  /** Every call of `submit`, repeated ones too. */
  readonly submits: TaskOrder[] = [];
  readonly cancelled: string[] = [];
  /** Called for a new task; drives it. */
  onTask: (task: FakeTask) => void = () => undefined;
  /** Called before each method; may throw what the service may throw. */
  onCall: (method: string) => void = () => undefined;
  /** Updates up to this number are not kept any more. */
  firstKept = 1;
  readonly #bodies = new Map<string, string>();
  #waiting: (() => void)[] = [];

  async submit(caller: TaskCaller, order: TaskOrder): Promise<TaskView> {
    this.onCall('submit');
    this.submits.push(order);
    const key = `${caller.name}\n${order.message.messageId}`;
    const body = JSON.stringify(order);
    const known = this.tasks.find((task) => keyOf(task) === key);
    if (known !== undefined) {
      if (this.#bodies.get(key) !== body)
        throw new InvalidInputError('ERR_MESSAGE_REUSED', {
          message: 'another body under that id',
        });
      return viewOf(known);
    }
    const task: FakeTask = {
      taskId: `0${randomBytes(13).toString('hex').slice(0, 25)}`,
      contextId: order.contextId ?? `ctx-${randomBytes(4).toString('hex')}`,
      caller: caller.name,
      order,
      updates: [],
      state: 'submitted',
      text: null,
      artifacts: [],
      history: [order.message],
      whole: new Map(),
    };
    this.#bodies.set(key, body);
    this.tasks.push(task);
    this.onTask(task);
    return viewOf(task);
  }

  /** Something happens to a task. */
  say(task: FakeTask, said: Said): void {
    if (isTerminal(task.state)) return;
    const common = {
      seq: task.updates.length + 1,
      at: new Date(1_800_000_000_000 + task.updates.length).toISOString(),
    };
    if (said.kind === 'status') {
      task.state = said.state;
      task.text = said.text ?? null;
      const options = said.options === undefined ? {} : { options: said.options };
      task.updates.push({
        kind: 'status',
        ...common,
        state: said.state,
        text: task.text,
        ...options,
      });
    } else if (said.kind === 'artifact') {
      const artifact: TaskArtifact = {
        artifactId: said.id,
        name: said.id,
        mediaType: 'text/plain',
        text: said.isLong === true ? said.text.slice(0, 100) : said.text,
        bytes: said.text.length,
        ...(said.isLong === true ? { digest: 'of-the-whole' } : {}),
      };
      task.artifacts.push(artifact);
      task.whole.set(said.id, said.text);
      task.updates.push({ kind: 'artifact', ...common, artifact });
    } else {
      const message: TaskMessage = {
        messageId: `m${common.seq}`,
        role: 'agent',
        parts: [{ kind: 'text', text: said.text }],
      };
      task.history.push(message);
      task.updates.push({ kind: 'message', ...common, message });
    }
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }

  /** A task that works, says these lines, answers and is done. */
  complete(task: FakeTask, lines: readonly string[], answer: string): void {
    this.say(task, { kind: 'status', state: 'working' });
    for (const text of lines) this.say(task, { kind: 'message', text });
    this.say(task, { kind: 'artifact', id: 'answer', text: answer });
    this.say(task, { kind: 'status', state: 'completed', text: 'done' });
  }

  async get(caller: TaskCaller, taskId: string): Promise<TaskView> {
    this.onCall('get');
    return viewOf(this.#find(caller, taskId));
  }

  async list(caller: TaskCaller, filter: TaskFilter): Promise<TaskPage> {
    const own = this.tasks.filter((task) => task.caller === caller.name);
    return {
      tasks: own.slice(0, filter.pageSize).map(viewOf),
      nextPageToken: '',
      totalSize: own.length,
    };
  }

  async tell(): Promise<TaskView> {
    throw new InvalidInputError('ERR_TASK_ASKS_NOTHING', { message: 'the fake asks nothing' });
  }

  async cancel(caller: TaskCaller, taskId: string): Promise<TaskView> {
    this.onCall('cancel');
    const task = this.#find(caller, taskId);
    if (isTerminal(task.state))
      throw new InvalidInputError('ERR_TASK_ENDED', { message: 'it has ended' });
    this.cancelled.push(taskId);
    this.say(task, { kind: 'status', state: 'canceled', text: 'cancelled' });
    return viewOf(task);
  }

  async *follow(
    caller: TaskCaller,
    wanted: { readonly taskId: string; readonly cursor: number; readonly signal: AbortSignal },
  ): AsyncGenerator<TaskEvent> {
    this.onCall('follow');
    const task = this.#find(caller, wanted.taskId);
    let { cursor } = wanted;
    if (cursor + 1 < this.firstKept) {
      yield { kind: 'gap', view: viewOf(task) };
      cursor = task.updates.length;
    }
    while (!wanted.signal.aborted) {
      const next = task.updates[cursor];
      if (next === undefined) {
        if (isTerminal(task.state)) return;
        await this.#change(wanted.signal);
        continue;
      }
      cursor = next.seq;
      yield { kind: 'update', update: next };
    }
  }

  async artifact(
    caller: TaskCaller,
    { taskId, artifactId }: { readonly taskId: string; readonly artifactId: string },
  ): Promise<{ readonly mediaType: string; readonly name: string; readonly text: string }> {
    this.onCall('artifact');
    const text = this.#find(caller, taskId).whole.get(artifactId);
    if (text === undefined)
      throw new InvalidInputError('ERR_ARTIFACT_NOT_FOUND', { message: 'no such artifact' });
    return { mediaType: 'text/plain', name: artifactId, text };
  }

  #find(caller: TaskCaller, taskId: string): FakeTask {
    const task = this.tasks.find((each) => each.taskId === taskId && each.caller === caller.name);
    if (task === undefined)
      throw new InvalidInputError('ERR_TASK_NOT_FOUND', { message: 'no such task' });
    return task;
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** As the service fails when Temporal is away. */
export function temporalAway(): InfrastructureError {
  return new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', {
    message: 'Temporal does not answer',
  });
}

function keyOf({ caller, order }: FakeTask): string {
  return `${caller}\n${order.message.messageId}`;
}

function viewOf(task: FakeTask): TaskView {
  const last = task.updates.at(-1);
  return structuredClone({
    taskId: task.taskId,
    contextId: task.contextId,
    skill: task.order.skill,
    state: task.state,
    text: task.text,
    at: last?.at ?? new Date(1_800_000_000_000).toISOString(),
    createdAt: new Date(1_800_000_000_000).toISOString(),
    history: task.history,
    artifacts: task.artifacts,
    cursor: last?.seq ?? 0,
  });
}
