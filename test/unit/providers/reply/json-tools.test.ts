import { describe, expect, it } from 'vitest';
import { ZERO_USAGE, type FinishReason } from '../../../../src/domain/agent/model.js';
import { type Message } from '../../../../src/domain/agent/conversation.js';
import type { ModelProvider, ModelRequest } from '../../../../src/providers/provider.js';
import { toPlainRequest, withJsonTools } from '../../../../src/providers/reply/json-tools.js';

const READ = {
  name: 'read_file',
  description: 'reads a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

function request(messages: readonly Message[] = []): ModelRequest {
  return {
    model: 'm',
    messages: [{ role: 'system', content: 'be good' }, ...messages],
    tools: [READ],
  };
}

async function answerTo(content: string, finishReason: FinishReason = 'stop') {
  const inner: ModelProvider = {
    stream: async () => ({
      message: { role: 'assistant', content, toolCalls: [] },
      usage: ZERO_USAGE,
      isUsageEstimated: false,
      finishReason,
      providerCostMicroUsd: null,
    }),
  };
  const asked = request([
    { role: 'user', content: 'go' },
    { role: 'assistant', content: 'before', toolCalls: [] },
  ]);
  const reply = await withJsonTools(inner).stream(asked, { signal: new AbortController().signal });
  return [reply.finishReason, reply.message.content, reply.message.toolCalls];
}

const CALL = { id: 'call_2_1', name: 'read_file', arguments: '{"path":"a"}' };

describe('tool calls as JSON', () => {
  it.each([
    ['the object', '{"tool":"read_file","arguments":{"path":"a"}}'],
    ['the object in a code fence', '```json\n{"tool":"read_file","arguments":{"path":"a"}}\n```'],
  ])('reads %s as a call', async (_name, content) => {
    expect(await answerTo(content)).toEqual(['tool-calls', '', [CALL]]);
  });

  it('reads the choice "message" as words', async () => {
    const content = '{"tool":"message","arguments":{"text":"all done"}}';
    expect(await answerTo(content)).toEqual(['stop', 'all done', []]);
  });

  it('takes text that is no such object as words', async () => {
    expect(await answerTo('I am done.')).toEqual(['stop', 'I am done.', []]);
    expect(await answerTo('{"other":1}')).toEqual(['stop', '{"other":1}', []]);
  });

  it('never runs half a call', async () => {
    const half = '{"tool":"read_file","arguments":{"pa';
    expect(await answerTo(half, 'length')).toEqual(['length', half, []]);
  });

  it('describes tools in the system prompt and shows earlier calls and results as text', () => {
    const plain = toPlainRequest(
      request([
        { role: 'user', content: 'go' },
        { role: 'assistant', content: '', toolCalls: [CALL] },
        { role: 'tool', callId: 'call_2_1', name: 'read_file', content: 'no file', isError: true },
        { role: 'assistant', content: 'hm', toolCalls: [] },
      ]),
    );
    const [system, ...rest] = plain.messages;
    expect(plain.tools).toEqual([]);
    expect(system?.content).toMatch(
      /^be good\n\nAnswer with exactly one JSON object[\s\S]*read_file/,
    );
    expect(rest).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: '{"tool":"read_file","arguments":{"path":"a"}}',
        toolCalls: [],
      },
      { role: 'user', content: '[read_file: failed]\nno file' },
      {
        role: 'assistant',
        content: '{"tool":"message","arguments":{"text":"hm"}}',
        toolCalls: [],
      },
    ]);
  });

  it('constrains the answer to one alternative a tool, and one for words', () => {
    expect(toPlainRequest(request()).replySchema).toMatchObject({
      anyOf: [
        { properties: { tool: { enum: ['read_file'] }, arguments: READ.parameters } },
        { properties: { tool: { enum: ['message'] } } },
      ],
    });
  });

  it('keeps a longer conversation’s beginning byte for byte', () => {
    const shorter = toPlainRequest(request([{ role: 'user', content: 'go' }])).messages;
    const longer = toPlainRequest(
      request([
        { role: 'user', content: 'go' },
        { role: 'assistant', content: '', toolCalls: [CALL] },
      ]),
    ).messages;
    expect(JSON.stringify(longer.slice(0, 2))).toBe(JSON.stringify(shorter));
  });
});
