import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';

/** Where a conversation stands when the model is asked. */
export interface ModelTask {
  readonly story: string;
  readonly attempt: number;
  /** Answers given so far. */
  readonly turn: number;
  /** The first user message. */
  readonly prompt: string;
  /** What it was told since its last answer: results of tools and messages. */
  readonly heard: string;
}

/** What the model says. */
export interface ScriptedReply {
  /** HTTP status of a refusal, in place of an answer. */
  readonly status?: number;
  readonly content?: string;
  /** Between two pieces of 400 characters; default: at once. */
  readonly latencyMs?: number;
  readonly calls?: readonly {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
  }[];
}

/** One request that the server saw. */
export interface SeenRequest {
  /** Digest of the whole conversation: the same call sent again has the same one. */
  readonly digest: string;
  readonly task: ModelTask;
  /** Everything that the model was shown, as text. */
  readonly shown: string;
  readonly startedAt: number;
  /** When the answer was handed over; null while it is being made. */
  answeredAt: number | null;
  /** It was refused. */
  isRefused: boolean;
}

/** A model server (aimock, over HTTP) whose answers are a pure function of the conversation. */
export interface ScriptedModel {
  readonly baseUrl: string;
  readonly requests: SeenRequest[];
  /** Resolves once everything that was sent to the server before the call is among `requests`, also what a killed process left in a socket. */
  takeUp(): Promise<void>;
  stop(): Promise<void>;
}

/** The function behind a {@link ScriptedModel}. */
export type Script = (task: ModelTask) => ScriptedReply | Promise<ScriptedReply>;

/** Starts the server on a free port; every answer takes `delayMs`. */
export async function startScriptedModel(script: Script, delayMs = 0): Promise<ScriptedModel> {
  const mock = new LLMock({ port: 0, chunkSize: 400, journalMaxEntries: 5 });
  const requests: SeenRequest[] = [];
  mock.on({ predicate: () => true }, async (body) => {
    const task = readTask(body.messages);
    const seen: SeenRequest = {
      digest: createHash('sha256').update(JSON.stringify(body.messages)).digest('hex'),
      task,
      shown: body.messages.map(({ content }) => textOf(content)).join('\n'),
      startedAt: Date.now(),
      answeredAt: null,
      isRefused: false,
    };
    requests.push(seen);
    await delay(delayMs);
    const reply = await script(task);
    seen.answeredAt = Date.now();
    seen.isRefused = reply.status !== undefined;
    return toFixture(reply, task.turn);
  });
  await mock.start();
  return {
    baseUrl: `${mock.url}/v1`,
    requests,
    takeUp: () => takeUp(mock.url),
    stop: () => mock.stop(),
  };
}

/** Connections are accepted in their order, and one that is accepted is read with the others: the second question comes after all of the first's. */
async function takeUp(url: string): Promise<void> {
  for (let round = 0; round < 2; round += 1)
    await fetch(`${url}/v1/models`, { headers: { connection: 'close' } }).then((answer) =>
      answer.text(),
    );
}

function readTask(messages: readonly { role: string; content?: unknown }[]): ModelTask {
  const prompt = textOf(messages.find((message) => message.role === 'user')?.content);
  const found = /Attempt (\d+) at (\S+?)\./.exec(prompt);
  return {
    story: found?.[2] ?? '',
    attempt: Number(found?.[1] ?? 0),
    turn: messages.filter((message) => message.role === 'assistant').length,
    prompt,
    heard: messages
      .slice(messages.findLastIndex((message) => message.role === 'assistant') + 1)
      .map(({ content }) => textOf(content))
      .join('\n'),
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return Array.isArray(content)
    ? content.map((part: { text?: string }) => part.text ?? '').join('\n')
    : '';
}

function toFixture(reply: ScriptedReply, turn: number) {
  const toolCalls = (reply.calls ?? []).map((call, index) => ({
    id: `call_${turn}_${index}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  if (reply.status !== undefined)
    return { error: { message: 'not now', type: 'server_error' }, status: reply.status };
  return toolCalls.length === 0
    ? {
        content: reply.content ?? 'Done.',
        ...(reply.latencyMs === undefined ? {} : { latency: reply.latencyMs }),
      }
    : { content: reply.content ?? '', toolCalls };
}

/** The call that ends a story. */
export function done(status: 'done' | 'blocked' = 'done'): ScriptedReply {
  return {
    calls: [
      {
        name: 'story_done',
        arguments: {
          status,
          summary: `I say it is ${status}.`,
          blockers: status === 'blocked' ? ['no access'] : [],
        },
      },
    ],
  };
}

/** A call of `write_file`. */
export function write(path: string, content: string): ScriptedReply {
  return { calls: [{ name: 'write_file', arguments: { path, content } }] };
}

/** A call of `bash`. */
export function bash(command: string): ScriptedReply {
  return { calls: [{ name: 'bash', arguments: { command } }] };
}
