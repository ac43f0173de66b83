import { z } from 'zod';
import type { Message } from '../../domain/index.js';
import type { ModelProvider, ModelReply, ModelRequest, ToolSchema } from '../provider.js';

import type { RawCall } from './call-assembly.js';
import { endOfValue, escapeControls, parseObject } from './json-text.js';
import { finishReply } from './reply.js';
import { toCall } from './template-calls.js';
import { resolveToolName } from './tool-name.js';

/** Stands in the place of a tool's name when the model answers in words. */
const MESSAGE = 'message';

const wordsSchema = z.object({ text: z.string() });

/**
 * Tool calls for servers that have none: tools are described in the system prompt, the answer is one JSON object that a
 * schema constrains, and calls of earlier turns are shown to the model in the same form. Text that is no such object is
 * an answer in words, because not every server keeps to the schema.
 */
export function withJsonTools(inner: ModelProvider): ModelProvider {
  return {
    async stream(request, control) {
      if (request.tools.length === 0) return inner.stream(request, control);
      return readAnswer(await inner.stream(toPlainRequest(request), control), request);
    },
  };
}

/** The same conversation without tool fields; a pure function, so that retries are byte-identical. */
export function toPlainRequest(request: ModelRequest): ModelRequest {
  const { tools, messages, ...rest } = request;
  const manual = describeTools(tools);
  const [first, ...others] = messages;
  const system: Message =
    first?.role === 'system'
      ? { role: 'system', content: `${first.content}\n\n${manual}` }
      : { role: 'system', content: manual };
  const conversation = first?.role === 'system' ? others : messages;
  return {
    ...rest,
    messages: [system, ...conversation.map(toPlainMessage)],
    tools: [],
    replySchema: answerFormat(tools),
  };
}

/** The order of tools is the request's, so that the prefix stays the same from turn to turn. */
function describeTools(tools: readonly ToolSchema[]): string {
  const lines = tools.map(
    (tool) =>
      `- ${tool.name}: ${tool.description}\n  arguments: ${JSON.stringify(tool.parameters)}`,
  );
  return `Answer with exactly one JSON object and nothing else: {"tool": NAME, "arguments": {…}}. One tool a turn; its result comes with the next message. To answer in words use {"tool": "${MESSAGE}", "arguments": {"text": "…"}}.\nTools:\n${lines.join('\n')}`;
}

/** One alternative a tool: its name and its arguments. Only keywords that constrained decoders share. */
function answerFormat(tools: readonly ToolSchema[]): Readonly<Record<string, unknown>> {
  const words: ToolSchema = {
    name: MESSAGE,
    description: '',
    parameters: {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
      additionalProperties: false,
    },
  };
  return {
    type: 'object',
    anyOf: [...tools, words].map((tool) => ({
      type: 'object',
      properties: { tool: { type: 'string', enum: [tool.name] }, arguments: tool.parameters },
      required: ['tool', 'arguments'],
      additionalProperties: false,
    })),
  };
}

function toPlainMessage(message: Message): Message {
  if (message.role === 'tool') {
    const kind = message.isError ? 'failed' : 'result';
    const { attachments } = message;
    return {
      role: 'user',
      content: `[${message.name}: ${kind}]\n${message.content}`,
      ...(attachments === undefined ? {} : { attachments }),
    };
  }
  if (message.role !== 'assistant') return message;
  const calls = message.toolCalls.map(
    (call) =>
      `{"tool":${JSON.stringify(call.name)},"arguments":${parseObject(call.arguments) === undefined ? '{}' : call.arguments}}`,
  );
  const words =
    message.content === ''
      ? []
      : calls.length > 0
        ? [message.content]
        : [JSON.stringify({ tool: MESSAGE, arguments: { text: message.content } })];
  return { ...message, content: [...words, ...calls].join('\n'), toolCalls: [] };
}

function readAnswer(reply: ModelReply, request: ModelRequest): ModelReply {
  const call = findCall(reply.message.content, [MESSAGE, ...request.tools.map(({ name }) => name)]);
  // Half an object is no call, whatever its beginning says.
  if (call === undefined) return reply;
  if (call.name === MESSAGE) {
    const words = wordsSchema.safeParse(parseObject(call.arguments));
    const content = words.success ? words.data.text : call.arguments;
    return { ...reply, message: { ...reply.message, content } };
  }
  const { message } = finishReply(
    {
      text: '',
      toolCalls: [call],
      finishReason: 'tool-calls',
      usage: reply.usage,
      providerCostMicroUsd: reply.providerCostMicroUsd,
      extras: reply.message.providerExtras ?? null,
    },
    request,
  );
  return { ...reply, message, finishReason: 'tool-calls' };
}

/** Objects that a text is looked through for the call. */
const MAX_OBJECTS = 20;

/**
 * The call of an answer: behind a block of reasoning, in a code fence, between words, or under the names that other
 * templates give its parts. An object that is no call is part of the words.
 */
function findCall(text: string, offered: readonly string[]): RawCall | undefined {
  const answer = text.slice(text.lastIndexOf('</think>') + 1);
  let at = answer.indexOf('{');
  for (let tried = 0; at >= 0 && tried < MAX_OBJECTS; tried += 1) {
    const end = endOfValue(answer, at);
    if (end === undefined) return undefined;
    const object = answer.slice(at, end);
    const fields = parseObject(object) ?? parseObject(escapeControls(object));
    const call = toCall(fields);
    // Under another name than ours it may be an example in the words.
    const isMeant = fields !== undefined && 'tool' in fields;
    if (call !== undefined && (isMeant || offered.includes(resolveToolName(call.name, offered))))
      return call;
    at = answer.indexOf('{', end);
  }
  return undefined;
}
