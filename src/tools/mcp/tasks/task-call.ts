import { z } from 'zod';
import {
  InvalidInputError,
  shortLine,
  type AskedPerson,
  type CallFollowUp,
  type ContinuedCall,
  type McpServer,
} from '../../../domain/index.js';
import { redactText } from '../../../observability/index.js';
import { toolError, type ToolContext, type ToolOutput } from '../../tool.js';
import type { McpConnection } from '../connection.js';
import { McpServerError } from '../failure.js';
import { overheard } from '../result-text.js';
import type { StartedTask, TaskLook } from './server-task.js';

/** What is remembered of a task between two looks; it stands in the history. */
const handleSchema = z.object({
  version: z.literal(1),
  taskId: z.string().min(1).max(1000),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** Since when no look succeeded; absent = the last one did. */
  failingSince: z.number().optional(),
  /** What was asked in the middle, and had to be answered at once. */
  overheard: z.string().max(500).optional(),
});
type Handle = z.infer<typeof handleSchema>;

/** A server that is started again, or a network, may be away for so long. */
const LONGEST_SILENCE_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 1000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** The pauses grow with the age of the task: one that takes hours is noticed some minutes late, and costs a few hundred looks. */
const PAUSE_OF_AGE = 0.05;
const STATUS_LIMIT = 200;
const OVERHEARD_LIMIT = 500;

/** What looks at tasks need of a worker. */
export interface TaskDesk {
  readonly server: McpServer;
  readonly connect: () => Promise<McpConnection>;
  /** A result of the server, as the model sees it. */
  readonly show: (result: Extract<TaskLook, { kind: 'ended' }>['result']) => Promise<ToolOutput>;
  readonly now: () => number;
}

/** A call that has just become a task: it goes on by itself, and is looked at again. */
export function startedTask(
  { server, now }: Pick<TaskDesk, 'server' | 'now'>,
  task: StartedTask,
): ToolOutput {
  const handle: Handle = { version: 1, taskId: task.taskId, startedAt: now() };
  return goesOn(server, { handle, pollMs: task.pollMs, status: task.status, now: now() });
}

/** A further look at a task: its result, or the next look. What cannot be known any more is a result for the model. */
export async function followTask(
  desk: TaskDesk,
  followUp: CallFollowUp,
  context: Pick<ToolContext, 'answers' | 'signal'>,
): Promise<ToolOutput> {
  const { server, now } = desk;
  const handle = readHandle(followUp);
  const time = now();
  const age = time - handle.startedAt;
  if (followUp.isLeft === true)
    return ended(desk, handle, { context, why: 'nobody waits for it any more' });
  if (age > server.taskTimeoutMs)
    return ended(desk, handle, { context, why: `it took longer than ${hours(server)}` });
  let look: TaskLook;
  try {
    const connection = await desk.connect();
    const { answers, signal } = context;
    look = await connection.tasks.look(handle.taskId, { answers, signal });
  } catch (error) {
    if (!(error instanceof McpServerError)) throw error;
    return withoutLook(desk, handle, error);
  }
  return taken(desk, handle, look);
}

async function taken(desk: TaskDesk, handle: Handle, look: TaskLook): Promise<ToolOutput> {
  const { server, now } = desk;
  if (look.kind === 'lost')
    return toolError(
      `MCP server ${server.name} gave no result, its task has ended: ${shortLine(look.why, OVERHEARD_LIMIT)}`,
    );
  if (look.kind === 'ended') return withOverheard(server, handle, await desk.show(look.result));
  const heard = handle.overheard ?? overheardOf(look.meanwhile);
  const { failingSince: _over, ...known } = handle;
  return goesOn(server, {
    handle: { ...known, ...(heard === undefined ? {} : { overheard: heard }) },
    pollMs: look.pollMs,
    status: look.status,
    now: now(),
    asks: look.asked,
  });
}

/** It is remembered in the history. */
function overheardOf(asked: AskedPerson | undefined): string | undefined {
  return asked === undefined ? undefined : redactText(asked.question).slice(0, OVERHEARD_LIMIT);
}

function withOverheard({ name }: McpServer, handle: Handle, output: ToolOutput): ToolOutput {
  if (handle.overheard === undefined) return output;
  return { ...output, text: `${output.text}\n${overheard(name, handle.overheard)}` };
}

/** A server that says no knows nothing of the task any more; one that does not answer may come back. */
function withoutLook(desk: TaskDesk, handle: Handle, error: McpServerError): ToolOutput {
  const time = desk.now();
  const failingSince = handle.failingSince ?? time;
  if (error.kind === 'refused' || time - failingSince > LONGEST_SILENCE_MS)
    return toolError(
      `${error.message}. The call went on as a task there; what became of it is unknown. Find that out before you make the call again.`,
    );
  return goesOn(desk.server, {
    handle: { ...handle, failingSince },
    pollMs: undefined,
    status: `no answer: ${error.message}`,
    now: time,
  });
}

/** Ends a task that nobody waits for; whether its server does so is its own affair. */
async function ended(
  desk: TaskDesk,
  { taskId }: Handle,
  { why, context }: { readonly why: string; readonly context: Pick<ToolContext, 'signal'> },
): Promise<ToolOutput> {
  let became = 'it was cancelled';
  try {
    await (await desk.connect()).tasks.cancel(taskId, context.signal);
  } catch (error) {
    if (!(error instanceof McpServerError)) throw error;
    became = `its server was asked to cancel it and did not (${error.message})`;
  }
  return toolError(
    `No result: the task of MCP server ${desk.server.name} was left, ${why}; ${became}.`,
  );
}

interface OpenTask {
  readonly handle: Handle;
  readonly pollMs: number | undefined;
  readonly status: string;
  readonly now: number;
  readonly asks?: ToolOutput['asks'];
}

function goesOn({ name }: McpServer, open: OpenTask): ToolOutput {
  const { handle, status, asks } = open;
  const text = shortLine(
    `runs as a task of MCP server ${name}${status === '' ? '' : `: ${status}`}`,
    STATUS_LIMIT,
  );
  const continues: ContinuedCall = {
    handle: JSON.stringify(handle),
    afterMs: pauseFor(open),
    status: text,
  };
  return { text, isError: false, continues, ...(asks === undefined ? {} : { asks }) };
}

/** As its server wants it, within limits; longer the older it is. Whole milliseconds. */
export function pauseFor({
  handle,
  pollMs = FIRST_PAUSE_MS,
  now,
}: Pick<OpenTask, 'handle' | 'pollMs' | 'now'>): number {
  const grown = Math.max(pollMs, (now - handle.startedAt) * PAUSE_OF_AGE);
  return Math.round(Math.min(Math.max(grown, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS));
}

function readHandle({ handle }: CallFollowUp): Handle {
  try {
    return handleSchema.parse(JSON.parse(handle));
  } catch (error) {
    throw new InvalidInputError('ERR_MCP_SERVER', {
      message: 'what was remembered of its task cannot be read',
      hint: 'make the call again, once it is known what became of it',
      cause: error,
    });
  }
}

function hours({ taskTimeoutMs }: McpServer): string {
  return `${Math.round(taskTimeoutMs / 36_000) / 100} h`;
}
