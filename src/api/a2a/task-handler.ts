import {
  type AgentCard,
  type CancelTaskRequest,
  type DeleteTaskPushNotificationConfigRequest,
  type GetExtendedAgentCardRequest,
  type GetTaskPushNotificationConfigRequest,
  type GetTaskRequest,
  type ListTaskPushNotificationConfigsRequest,
  type ListTaskPushNotificationConfigsResponse,
  type ListTasksRequest,
  type ListTasksResponse,
  type Message,
  type SendMessageRequest,
  type StreamResponse,
  type SubscribeToTaskRequest,
  type Task,
  type TaskPushNotificationConfig,
} from '@a2a-js/sdk';
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler, ServerCallContext } from '@a2a-js/sdk/server';
import type { PushService, TaskService } from '../../client/index.js';
import {
  CodetetherError,
  InvalidInputError,
  isTerminal,
  runScope,
  taskSkillSchema,
  type TaskView,
} from '../../domain/index.js';
import { requireScope } from '../gate/caller.js';
import type { StartRate } from '../gate/start-rate.js';
import { type Call, callOf } from './call.js';
import { agentCard } from './card.js';
import { named } from './failure.js';
import { taskMessage } from './message-in.js';
import { deletePush, getPush, listPush, setPush } from './push-calls.js';
import { taskOrder } from './task-order.js';
import { taskOf, taskState } from './task-out.js';
import { isPaused, stateIn, taskStream } from './task-stream.js';

/** What {@link TaskRequestHandler} works with. */
export interface TaskHandlerServices {
  readonly tasks: TaskService;
  readonly push: PushService | null;
  readonly starts: StartRate;
  readonly version: string;
}

const DEFAULT_PAGE = 50;

/**
 * The operations of A2A directly over the durable tasks: nothing is kept here, so that any process answers about any task, and closing
 * a stream or losing this process changes no task.
 */
export class TaskRequestHandler implements A2ARequestHandler {
  readonly #services: TaskHandlerServices;

  constructor(services: TaskHandlerServices) {
    this.#services = services;
  }

  getAgentCard(): Promise<AgentCard> {
    const { version, push } = this.#services;
    const facts = { version, baseUrl: '', needsToken: true, hasPush: push !== null };
    return Promise.resolve(agentCard(facts));
  }

  async getAuthenticatedExtendedAgentCard(
    _params: GetExtendedAgentCardRequest,
    context: ServerCallContext,
  ): Promise<AgentCard> {
    return guarded(callOf(context), () =>
      Promise.reject(new UnsupportedOperationError('this agent has no extended card')),
    );
  }

  async sendMessage(params: SendMessageRequest, context: ServerCallContext): Promise<Task> {
    const call = callOf(context);
    return guarded(call, async () => {
      const view = await this.#handIn(params, call);
      const { returnImmediately = false } = params.configuration ?? {};
      const told =
        returnImmediately || isPaused(view.state) ? view : await this.#settled(view, call);
      return taskOf(told, {
        baseUrl: call.baseUrl,
        historyLength: params.configuration?.historyLength,
        hasArtifacts: true,
      });
    });
  }

  async *sendMessageStream(
    params: SendMessageRequest,
    context: ServerCallContext,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const call = callOf(context);
    const view = await guarded(call, () => this.#handIn(params, call));
    // a turn ends where the agent waits for the client, as a send that waits does
    yield* taskStream(this.#services.tasks, view, { call, until: isPaused, isOneTurn: true });
  }

  async getTask(params: GetTaskRequest, context: ServerCallContext): Promise<Task> {
    const call = callOf(context);
    return guarded(call, async () => {
      requireScope(call.caller, 'tasks:read');
      const view = await this.#services.tasks.get(call.caller, params.id);
      const { historyLength } = params;
      return taskOf(view, { baseUrl: call.baseUrl, historyLength, hasArtifacts: true });
    });
  }

  async listTasks(
    params: ListTasksRequest,
    context: ServerCallContext,
  ): Promise<ListTasksResponse> {
    const call = callOf(context);
    return guarded(call, async () => {
      requireScope(call.caller, 'tasks:read');
      const pageSize = params.pageSize ?? DEFAULT_PAGE;
      const page = await this.#services.tasks.list(call.caller, {
        contextId: params.contextId === '' ? undefined : params.contextId,
        state: taskState(params.status),
        since: utc(params.statusTimestampAfter),
        pageSize,
        pageToken: params.pageToken === '' ? undefined : params.pageToken,
      });
      const parts = {
        baseUrl: call.baseUrl,
        historyLength: params.historyLength,
        hasArtifacts: params.includeArtifacts === true,
      };
      return {
        tasks: page.tasks.map((view) => taskOf(view, parts)),
        nextPageToken: page.nextPageToken,
        pageSize,
        totalSize: page.totalSize,
      };
    });
  }

  async cancelTask(params: CancelTaskRequest, context: ServerCallContext): Promise<Task> {
    const call = callOf(context);
    return guarded(
      call,
      async () => {
        const { tasks } = this.#services;
        call.noted.taskId = params.id;
        const before = await tasks.get(call.caller, params.id);
        requireScope(call.caller, scopeOf(before));
        const view = await tasks.cancel(call.caller, params.id);
        return taskOf(view, {
          baseUrl: call.baseUrl,
          historyLength: undefined,
          hasArtifacts: true,
        });
      },
      'cancel',
    );
  }

  async *resubscribe(
    params: SubscribeToTaskRequest,
    context: ServerCallContext,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const call = callOf(context);
    const view = await guarded(call, async () => {
      requireScope(call.caller, 'tasks:read');
      const found = await this.#services.tasks.get(call.caller, params.id);
      if (isTerminal(found.state) && call.cursor === undefined) {
        throw new UnsupportedOperationError(
          'the task has ended; with a cursor its events can still be read',
        );
      }
      return found;
    });
    const until = call.version === '0.3' ? isPaused : isTerminal;
    yield* taskStream(this.#services.tasks, view, { call, until, isOneTurn: false });
  }

  async createTaskPushNotificationConfig(
    params: TaskPushNotificationConfig,
    context: ServerCallContext,
  ): Promise<TaskPushNotificationConfig> {
    const call = callOf(context);
    return guarded(call, async () => setPush(this.#push(), { config: params, call }));
  }

  async getTaskPushNotificationConfig(
    params: GetTaskPushNotificationConfigRequest,
    context: ServerCallContext,
  ): Promise<TaskPushNotificationConfig> {
    const call = callOf(context);
    return guarded(call, async () => getPush(this.#push(), { wanted: params, call }));
  }

  async listTaskPushNotificationConfigs(
    params: ListTaskPushNotificationConfigsRequest,
    context: ServerCallContext,
  ): Promise<ListTaskPushNotificationConfigsResponse> {
    const call = callOf(context);
    return guarded(call, async () => listPush(this.#push(), { taskId: params.taskId, call }));
  }

  async deleteTaskPushNotificationConfig(
    params: DeleteTaskPushNotificationConfigRequest,
    context: ServerCallContext,
  ): Promise<void> {
    const call = callOf(context);
    return guarded(call, async () => deletePush(this.#push(), { wanted: params, call }));
  }

  #push(): PushService {
    const { push } = this.#services;
    if (push !== null) return push;
    throw new PushNotificationNotSupportedError('this server posts no updates');
  }

  /** A new task, or an answer to one; then its push configuration, where the request has one. */
  async #handIn(params: SendMessageRequest, call: Call): Promise<TaskView> {
    const { message } = params;
    if (message === undefined) throw new RequestMalformedError('message is required');
    call.noted.messageId = message.messageId;
    const config = params.configuration?.taskPushNotificationConfig;
    // before anything is started
    if (config !== undefined) this.#push();
    const view =
      message.taskId === ''
        ? await this.#submit(params, { message, call })
        : await this.#tell(message, call);
    if (config !== undefined) await this.#setInlinePush(config, { view, call });
    return view;
  }

  async #submit(
    params: SendMessageRequest,
    { message, call }: { readonly message: Message; readonly call: Call },
  ): Promise<TaskView> {
    const order = taskOrder(taskMessage(message), {
      request: params.metadata,
      message: message.metadata,
      contextId: message.contextId,
    });
    call.noted.skill = order.skill;
    requireScope(call.caller, runScope(order.skill));
    this.#services.starts.take(call.caller.name, message.messageId);
    const view = await this.#services.tasks.submit(call.caller, order);
    call.noted.taskId = view.taskId;
    return view;
  }

  async #tell(message: Message, call: Call): Promise<TaskView> {
    const { tasks } = this.#services;
    call.noted.taskId = message.taskId;
    const told = taskMessage(message);
    const before = await tasks.get(call.caller, message.taskId);
    requireScope(call.caller, scopeOf(before));
    return tasks.tell(call.caller, {
      taskId: message.taskId,
      ...(message.contextId === '' ? {} : { contextId: message.contextId }),
      message: told,
    });
  }

  /** The task runs already: whoever gets this error learns which one it is. */
  async #setInlinePush(
    config: TaskPushNotificationConfig,
    { view, call }: { readonly view: TaskView; readonly call: Call },
  ): Promise<void> {
    const { taskId } = view;
    try {
      await setPush(this.#push(), { config: { ...config, taskId }, call });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(error.code, {
        message: `task ${taskId} was started, but its updates are not posted: ${error.message}`,
        hint: error.hint,
        data: { ...error.data, taskId },
        cause: error,
      });
    }
  }

  /** The task once it has ended or waits for the client; as it is when the client has gone. */
  async #settled(view: TaskView, call: Call): Promise<TaskView> {
    const { tasks } = this.#services;
    const { taskId, cursor } = view;
    for await (const event of tasks.follow(call.caller, { taskId, cursor, signal: call.signal })) {
      if (isPaused(stateIn(event) ?? 'working')) break;
    }
    return tasks.get(call.caller, taskId);
  }
}

function scopeOf(view: TaskView): ReturnType<typeof runScope> {
  return runScope(taskSkillSchema.parse(view.skill));
}

/** Filters compare texts: one form for all of them. */
function utc(time: string | undefined): string | undefined {
  return time === undefined || time === '' ? undefined : new Date(time).toISOString();
}

/** Notes the error as it was thrown, and names it in the words of the protocol. */
async function guarded<Result>(
  call: Call,
  work: () => Promise<Result>,
  ended: 'message' | 'cancel' = 'message',
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    call.failure = error instanceof CodetetherError ? named(error, ended) : error;
    throw call.failure;
  }
}
