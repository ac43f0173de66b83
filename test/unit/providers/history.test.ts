import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/agent/conversation.js';
import { buildMessagesBody } from '../../../src/providers/wires/anthropic/anthropic-request.js';
import { buildChatBody } from '../../../src/providers/wires/openai/openai-request.js';
import { faultsOfRequest, type Family } from '../../support/strict-history.js';

const TOOLS = [{ name: 'bash', description: 'runs', parameters: { type: 'object' } }];

interface Target {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly family: Family;
}

/** Every wire and family that a conversation may be sent to. */
const TARGETS: readonly Target[] = [
  { name: 'OpenAI', provider: 'openai', model: 'gpt-5.5', family: 'plain' },
  { name: 'a local server', provider: 'local', model: 'qwen3', family: 'plain' },
  { name: 'Kimi', provider: 'moonshotai', model: 'kimi-k2.5', family: 'kimi' },
  {
    name: 'Kimi elsewhere',
    provider: 'local',
    model: 'moonshotai/Kimi-K2-Thinking',
    family: 'kimi',
  },
  { name: 'Mistral', provider: 'mistral', model: 'devstral-medium', family: 'mistral' },
  { name: 'DeepSeek', provider: 'deepseek', model: 'deepseek-v4-flash', family: 'deepseek' },
  { name: 'Gemini', provider: 'google', model: 'gemini-3.8-flash', family: 'gemini' },
];

function faultsFor(messages: readonly Message[], target: Target): string[] {
  const request = { model: target.model, messages, tools: TOOLS };
  const body = buildChatBody(request, { provider: target.provider, quirks: {} });
  return faultsOfRequest({ ...body }, 'openai-chat', target.family);
}

function faultsForMessages(messages: readonly Message[]): string[] {
  const body = buildMessagesBody(
    { model: 'claude', messages, tools: TOOLS },
    { provider: 'anthropic' },
  );
  return faultsOfRequest({ ...body }, 'anthropic-messages', 'plain');
}

const user = (content: string): Message => ({ role: 'user', content });
const tool = (callId: string, content = 'ok'): Message => ({
  role: 'tool',
  callId,
  name: 'bash',
  content,
  isError: false,
});
const assistant = (
  content: string,
  ...calls: readonly (readonly [id: string, name: string, given: string])[]
): Message => ({
  role: 'assistant',
  content,
  toolCalls: calls.map(([id, name, given]) => ({ id, name, arguments: given })),
});

const SYSTEM: Message = { role: 'system', content: 'rules' };
const START = [SYSTEM, user('do it')];

const HISTORIES: Readonly<Record<string, readonly Message[]>> = {
  'a reply of reasoning only': [...START, assistant(''), user('You called no tool.')],
  'a call without reasoning': [...START, assistant('', ['c1', 'bash', '{}']), tool('c1')],
  'arguments that are no JSON': [...START, assistant('', ['c1', 'bash', '{"comm']), tool('c1')],
  'arguments that are a list': [...START, assistant('', ['c1', 'bash', '[1]']), tool('c1')],
  'no arguments': [...START, assistant('', ['c1', 'bash', '']), tool('c1')],
  'a name of a template': [...START, assistant('', ['c1', 'functions.bash:0', '{}']), tool('c1')],
  'no name': [...START, assistant('', ['c1', '', '{}']), tool('c1')],
  'ids of Kimi': [
    ...START,
    assistant('', ['functions.bash:0', 'bash', '{}']),
    tool('functions.bash:0'),
  ],
  'ids that repeat': [
    ...START,
    assistant('', ['call_0', 'bash', '{}']),
    tool('call_0'),
    assistant('', ['call_0', 'bash', '{}'], ['call_0', 'bash', '{}']),
    tool('call_0'),
    tool('call_0'),
  ],
  'ids that are too long': [
    ...START,
    assistant('', ['x'.repeat(90), 'bash', '{}']),
    tool('x'.repeat(90)),
  ],
  'a result without its call': [...START, assistant('hm'), tool('c9'), user('go on')],
  'a call without its result': [...START, assistant('', ['c1', 'bash', '{}']), user('go on')],
  'a note between results': [
    ...START,
    assistant('', ['c1', 'bash', '{}'], ['c2', 'bash', '{}']),
    tool('c2'),
    user('note'),
    tool('c1'),
  ],
  'a note behind results': [
    ...START,
    assistant('', ['c1', 'bash', '{}']),
    tool('c1'),
    user('note'),
  ],
  'two messages of one role': [...START, user('and this'), assistant('a'), assistant('b')],
  'an empty result': [...START, assistant('', ['c1', 'bash', '{}']), tool('c1', '')],
  'an answer at the end': [...START, assistant('done')],
  'half a surrogate pair': [...START, assistant('', ['c1', 'bash', '{}']), tool('c1', 'x\ud83d')],
  'nothing but a system prompt': [SYSTEM],
};

describe('a conversation as it is sent', () => {
  describe.each(Object.entries(HISTORIES))('%s', (_name, messages) => {
    it.each(TARGETS)('is accepted by a strict server: $name', (target) => {
      expect(faultsFor(messages, target)).toEqual([]);
    });

    it('is accepted by a strict server: Anthropic', () => {
      expect(faultsForMessages(messages)).toEqual([]);
    });
  });

  it('is refused by the strict server when it is sent as it was (negative control)', () => {
    const body = { messages: [{ role: 'assistant', content: '' }], tools: [] };
    expect(faultsOfRequest(body, 'openai-chat', 'kimi').length).toBeGreaterThan(0);
  });

  it('keeps arguments that were no JSON in the result, where the model can read them', () => {
    const messages = [...START, assistant('', ['c1', 'bash', '{"comm']), tool('c1', 'not JSON')];
    const body = buildChatBody({ model: 'm', messages, tools: [] }, { provider: 'p', quirks: {} });
    expect(body.messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'bash', arguments: '{}' } }],
      },
      {
        role: 'tool',
        tool_call_id: 'c1',
        content: 'not JSON\n[the arguments were written as: {"comm]',
      },
    ]);
  });

  it('leaves a conversation that is in order as it is', () => {
    const messages = [
      ...START,
      assistant('I look.', ['call_abc', 'bash', '{"command": "ls"}']),
      tool('call_abc', 'a.txt'),
    ];
    const body = buildChatBody({ model: 'm', messages, tools: [] }, { provider: 'p', quirks: {} });
    expect(body.messages).toEqual([
      { role: 'system', content: 'rules' },
      { role: 'user', content: 'do it' },
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [
          {
            id: 'call_abc',
            type: 'function',
            function: { name: 'bash', arguments: '{"command": "ls"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_abc', content: 'a.txt' },
    ]);
  });

  it('is accepted by every strict server, whatever models wrote into it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('', ' ', '\ud800'),
    );
    const id = fc.oneof(fc.constantFrom('', 'call_0', 'c1', 'functions.bash:0'), text);
    const call = fc.record({
      id,
      name: text,
      arguments: fc.oneof(text, fc.json(), fc.constant('{}')),
    });
    const message: fc.Arbitrary<Message> = fc.oneof(
      fc.record({ role: fc.constant('user' as const), content: text }),
      fc.record({
        role: fc.constant('assistant' as const),
        content: text,
        toolCalls: fc.array(call, { maxLength: 3 }),
      }),
      fc.record({
        role: fc.constant('tool' as const),
        callId: id,
        name: text,
        content: text,
        isError: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const whole = [...START, ...messages];
        const faults = TARGETS.flatMap((target) => faultsFor(whole, target));
        expect([...faults, ...faultsForMessages(whole)]).toEqual([]);
      }),
      { numRuns: 500, seed: 20_261_128 },
    );
  });
});
