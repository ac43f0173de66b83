import type { CallToolResult, Client, ElicitRequest } from '@modelcontextprotocol/client';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import {
  isRecord,
  visibleLine,
  type AskedPerson,
  type ParkedAnswer,
} from '../../../domain/index.js';
import type { AskingCall, ElicitationDesk } from '../elicitation.js';
import { McpServerError } from '../failure.js';

/** What declares, since 2026-07-28, that calls may go on as tasks. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

const STATUS_LIMIT = 160;
/** Inputs of one task that are looked at. */
const MOST_INPUTS = 20;
/** A server of 2025 asks while it is asked for its result, which else comes when the task has ended. */
const LONGEST_QUESTION_MS = 10_000;

/** A task as servers of both generations tell of it; the one of 2025 puts it below `task` when it begins. */
const taskSchema = z.object({
  // It comes back in a header.
  taskId: z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^\p{Cc}]*$/u),
  status: z.enum(['working', 'input_required', 'completed', 'failed', 'cancelled']),
  statusMessage: z.string().optional(),
  pollInterval: z.number().optional(),
  pollIntervalMs: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional().catch(undefined),
  inputRequests: z.record(z.string(), z.unknown()).optional(),
});
type RawTask = z.infer<typeof taskSchema>;

/** A task that was just begun. */
export interface StartedTask {
  readonly taskId: string;
  /** How often its server wants to be asked, in milliseconds. */
  readonly pollMs: number | undefined;
  /** One line for people; empty = nothing was said. */
  readonly status: string;
}

/** What one look at a task has shown. */
export type TaskLook =
  | (StartedTask & {
      readonly kind: 'open';
      /** What has to be asked of the person before it goes on. */
      readonly asked: AskedPerson | undefined;
      /** What was asked, and had to be answered at once. */
      readonly meanwhile: AskedPerson | undefined;
    })
  | {
      readonly kind: 'ended';
      readonly result: CallToolResult;
    }
  /** It ended without a result. */
  | { readonly kind: 'lost'; readonly why: string };

/** Options of one request, as the connection bounds it. */
export interface TaskRequestOptions {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Makes a request as the connection does: within its limits, failures in its words. */
type Ask = <Answer>(
  limits: { readonly signal: AbortSignal },
  request: (options: TaskRequestOptions) => Promise<Answer>,
) => Promise<Answer>;

/** No server can know it, so that none can put a task into a result by itself. */
const LIFTED = `codetether/task/${randomUUID()}`;

/** A server of 2026 may answer any call with a task, which the library takes for a mistake: it goes through as a part of a result. */
export function liftTask(message: unknown): unknown {
  if (!isRecord(message) || !isRecord(message['result'])) return message;
  const { result } = message;
  if (result['resultType'] !== 'task') return message;
  return {
    ...message,
    result: { resultType: 'complete', content: [], _meta: { [LIFTED]: result } },
  };
}

/** The task in the place of a result; undefined where there is a result. Throws ZodError for what is no task. */
export function taskOf(result: CallToolResult): StartedTask | undefined {
  const task = result._meta?.[LIFTED];
  return task === undefined ? undefined : started(taskSchema.parse(task));
}

function started({ taskId, statusMessage = '', ...task }: RawTask): StartedTask {
  const pollMs = task.pollIntervalMs ?? task.pollInterval;
  return {
    taskId,
    pollMs: pollMs !== undefined && Number.isFinite(pollMs) ? pollMs : undefined,
    status: visibleLine(statusMessage).slice(0, STATUS_LIMIT),
  };
}

/** The tasks of one connection: each look is one short request, so that nothing is held in between. */
export class ServerTasks {
  private readonly client: Client;
  private readonly desk: ElicitationDesk;
  private readonly ask: Ask;

  constructor(parts: {
    readonly client: Client;
    readonly desk: ElicitationDesk;
    readonly ask: Ask;
  }) {
    this.client = parts.client;
    this.desk = parts.desk;
    this.ask = parts.ask;
  }

  /** Begins a call of a tool that only runs as a task (2025). */
  async start(
    call: { readonly name: string; readonly input: Readonly<Record<string, unknown>> },
    limits: { readonly signal: AbortSignal; readonly ttlMs: number },
  ): Promise<StartedTask> {
    const { task } = await this.ask(limits, (options) =>
      this.client.request(
        {
          method: 'tools/call',
          params: { name: call.name, arguments: call.input, task: { ttl: limits.ttlMs } },
        },
        z.object({ task: taskSchema }),
        options,
      ),
    );
    return started(task);
  }

  /** Where a task stands; what it asks is answered with what the person said to the same question before. */
  async look(
    taskId: string,
    {
      answers,
      signal,
    }: { readonly answers?: readonly ParkedAnswer[] | undefined; readonly signal: AbortSignal },
  ): Promise<TaskLook> {
    const call = this.desk.begin(answers);
    try {
      const task = await this.get(taskId, signal);
      if (task.status === 'cancelled')
        return { kind: 'lost', why: task.statusMessage ?? 'its server cancelled it' };
      if (task.status === 'completed' || task.status === 'failed') {
        const result = await this.resultOf(task, signal);
        return typeof result === 'string'
          ? { kind: 'lost', why: result }
          : { kind: 'ended', result };
      }
      if (task.status === 'input_required') await this.answer(task, call, signal);
      // A server of 2025 waits for no one: what it asked was answered at once.
      return this.isLegacy
        ? { ...started(task), kind: 'open', asked: undefined, meanwhile: call.asked }
        : {
            ...started(task),
            kind: 'open',
            // Others may be asked on the same connection meanwhile: that is no question of this task.
            asked: task.status === 'input_required' && !call.isShared ? call.asked : undefined,
            meanwhile: undefined,
          };
    } finally {
      call.end();
    }
  }

  /** Ends a task. Best effort: it may have ended, or its server may not offer it. */
  async cancel(taskId: string, signal: AbortSignal): Promise<void> {
    await this.ask({ signal }, (options) =>
      this.client.request(
        { method: 'tasks/cancel', params: { taskId } },
        z.looseObject({}),
        options,
      ),
    );
  }

  private get isLegacy(): boolean {
    return this.client.getProtocolEra() === 'legacy';
  }

  private get(taskId: string, signal: AbortSignal): Promise<RawTask> {
    return this.ask({ signal }, (options) =>
      this.client.request({ method: 'tasks/get', params: { taskId } }, taskSchema, options),
    );
  }

  /** The result of the call, or why there is none. */
  private async resultOf(task: RawTask, signal: AbortSignal): Promise<CallToolResult | string> {
    if (this.isLegacy) return this.fetchResult(task, signal);
    if (task.status === 'failed') return task.error?.message ?? task.statusMessage ?? 'it failed';
    const { specTypeSchemas } = await import('@modelcontextprotocol/client');
    const checked = specTypeSchemas.CallToolResult['~standard'].validate(task.result);
    return checked.issues === undefined ? checked.value : 'what it sent is no result of a call';
  }

  /** A call that failed has an error in the place of its result. */
  private async fetchResult(task: RawTask, signal: AbortSignal): Promise<CallToolResult | string> {
    const { taskId, status, statusMessage } = task;
    try {
      return await this.ask({ signal }, async (options) => {
        const { specTypeSchemas } = await import('@modelcontextprotocol/client');
        return this.client.request(
          { method: 'tasks/result', params: { taskId } },
          specTypeSchemas.CallToolResult,
          options,
        );
      });
    } catch (error) {
      const isTold = status === 'failed' && error instanceof McpServerError;
      if (!isTold || error.kind !== 'refused') throw error;
      return [statusMessage, error.message].filter(Boolean).join('; ');
    }
  }

  /**
   * The question comes while the result is asked for, which else takes as long as the task: neither the time limit nor leaving it is a
   * failure.
   */
  private async hearQuestion(taskId: string, call: AskingCall, signal: AbortSignal): Promise<void> {
    const { specTypeSchemas } = await import('@modelcontextprotocol/client');
    const leaving = new AbortController();
    const asked = this.client
      .request({ method: 'tasks/result', params: { taskId } }, specTypeSchemas.CallToolResult, {
        timeout: LONGEST_QUESTION_MS,
        signal: AbortSignal.any([signal, leaving.signal]),
      })
      .then(
        () => undefined,
        () => undefined,
      );
    await Promise.race([asked, call.heard]);
    // What was answered goes out before the request is taken back.
    await setImmediate();
    leaving.abort();
    await asked;
    signal.throwIfAborted();
  }

  private async answer(task: RawTask, call: AskingCall, signal: AbortSignal): Promise<void> {
    if (this.isLegacy) return this.hearQuestion(task.taskId, call, signal);
    const responses: Record<string, unknown> = {};
    const requests = Object.entries(task.inputRequests ?? {}).slice(0, MOST_INPUTS);
    for (const [id, request] of requests) {
      const params = await elicitationOf(request);
      responses[id] = params === undefined ? { action: 'decline' } : call.answer(params);
    }
    // One that nobody has answered yet is not declined: the task waits, as the person is asked.
    if (call.asked !== undefined || requests.length === 0) return;
    await this.ask({ signal }, (options) =>
      this.client.request(
        {
          method: 'tasks/update',
          params: { taskId: task.taskId, inputResponses: responses },
        },
        z.looseObject({}),
        options,
      ),
    );
  }
}

async function elicitationOf(request: unknown): Promise<ElicitRequest['params'] | undefined> {
  const { specTypeSchemas } = await import('@modelcontextprotocol/client');
  const checked = specTypeSchemas.ElicitRequest['~standard'].validate(request);
  return checked.issues === undefined ? checked.value.params : undefined;
}
