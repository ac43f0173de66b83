import { z } from 'zod';
import type { Message, ToolCall } from '../../domain/index.js';
import type { ModelProvider, ModelReply, ModelRequest, ToolSchema } from '../provider.js';

/** Stands in the place of a tool's name when the model answers in words. */
const MESSAGE = 'message';

const answerSchema = z.object({
  tool: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()).default({}),
});
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
    return { role: 'user', content: `[${message.name}: ${kind}]\n${message.content}` };
  }
  if (message.role !== 'assistant') return message;
  const calls = message.toolCalls.map(
    (call) => `{"tool":${JSON.stringify(call.name)},"arguments":${call.arguments || '{}'}}`,
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
  const answer = parseAnswer(reply.message.content);
  // Half an object is no call, whatever its beginning says.
  if (answer === undefined) return reply;
  if (answer.tool === MESSAGE) {
    const words = wordsSchema.safeParse(answer.arguments);
    const content = words.success ? words.data.text : JSON.stringify(answer.arguments);
    return { ...reply, message: { ...reply.message, content } };
  }
  const turn = request.messages.filter((message) => message.role === 'assistant').length;
  const call: ToolCall = {
    id: `call_${turn + 1}`,
    name: answer.tool,
    arguments: JSON.stringify(answer.arguments),
  };
  return {
    ...reply,
    message: { ...reply.message, content: '', toolCalls: [call] },
    finishReason: 'tool-calls',
  };
}

/** The object of an answer, also when the model put it into a code fence. */
function parseAnswer(text: string): z.infer<typeof answerSchema> | undefined {
  const bare = text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1');
  try {
    const parsed = answerSchema.safeParse(JSON.parse(bare));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
