import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createProviders } from '../../../src/providers/registry.js';
import { ProviderError } from '../../../src/providers/failures/errors.js';
import { type ModelReply } from '../../../src/providers/provider.js';
import type { ProviderWire } from '../../../src/domain/provider/provider.js';
import { faultsOfRequest } from '../../support/strict-history.js';

/** Stored, so that a failure is the same one everywhere. */
const SEED = 20_261_128;
const RUNS = 600;
/** What the whole suite may leave on the heap; one index of 4e9 took more than all memory. */
const LARGEST_GROWTH = 256 * 1024 * 1024;

const TOOLS = [
  {
    name: 'write_file',
    description: 'writes',
    parameters: {
      type: 'object',
      properties: { path: { type: 'string' }, count: { type: 'integer' } },
    },
  },
];

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly chunks: readonly Uint8Array[];
}

/** A model behind a fetch that gives these bytes. */
function serverOf(wire: ProviderWire, { status, type, chunks }: Answer) {
  const bodies: string[] = [];
  const providers = createProviders({
    config: { here: { wire, baseUrl: 'http://127.0.0.1:9/v1', auth: 'none' } },
    secrets: { readProviderSecret: async () => ({ apiKey: '' }), invalidate: () => undefined },
    fetch: async (_input, init) => {
      bodies.push(typeof init?.body === 'string' ? init.body : '');
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          controller.close();
        },
      });
      return new Response(body, { status, headers: { 'content-type': type } });
    },
  });
  return { provider: providers.resolve({ provider: 'here', model: 'm' }).provider, bodies };
}

async function ask(wire: ProviderWire, answer: Answer): Promise<ModelReply | ProviderError> {
  const { provider } = serverOf(wire, answer);
  const messages = [{ role: 'user' as const, content: 'go' }];
  return provider
    .stream({ model: 'm', messages, tools: TOOLS }, { signal: new AbortController().signal })
    .catch((error: unknown) => {
      if (error instanceof ProviderError) return error;
      throw error;
    });
}

/** A result, or one typed error; and what was read can be sent again to a strict server. */
async function check(wire: ProviderWire, reply: ModelReply | ProviderError): Promise<void> {
  if (reply instanceof ProviderError) {
    expect(reply.code).toMatch(/^ERR_PROVIDER_/);
    expect(reply.message.length).toBeLessThan(2000);
    return;
  }
  for (const count of Object.values(reply.usage)) {
    expect(Number.isSafeInteger(count)).toBe(true);
    expect(count).toBeGreaterThanOrEqual(0);
  }
  const good = new TextEncoder().encode('data: [DONE]\n\n');
  const { provider, bodies } = serverOf(wire, {
    status: 200,
    type: 'text/event-stream',
    chunks: [good],
  });
  const messages = [{ role: 'user' as const, content: 'go' }, reply.message];
  await provider
    .stream({ model: 'm', messages, tools: TOOLS }, { signal: new AbortController().signal })
    .catch(() => undefined);
  const body = JSON.parse(bodies[0] ?? '{}') as Record<string, unknown>;
  const faults = faultsOfRequest(
    body,
    wire === 'openai-chat' ? wire : 'anthropic-messages',
    'plain',
  );
  expect(faults).toEqual([]);
}

/** A text as bytes that are cut at random places, also inside a character. */
const cut = (text: string, at: readonly number[]): Uint8Array[] => {
  const bytes = new TextEncoder().encode(text);
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].toSorted(
    (left, right) => left - right,
  );
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
};

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    -1,
    4e9,
    1e308,
    -0,
    Number.MAX_SAFE_INTEGER,
    true,
    [],
    {},
    'x',
  ),
  fc.jsonValue({ maxDepth: 4 }),
);
const argumentText = fc.oneof(
  fc.constantFrom('{"path":"a"}', '{"pa', 'th":1}', '}', '"{}"', '{}{"path":"b"}', '[[[[', 'null'),
  fc.json({ maxDepth: 3 }),
  fc.string({ maxLength: 30 }),
);
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: odd });

const callPiece = fc.record(
  {
    index: maybe(fc.constantFrom(0, 1, 2, -1, 4_000_000_000, 0.5)),
    id: maybe(fc.constantFrom('', 'c1', 'c2', 'call_0')),
    function: maybe(
      fc.record(
        {
          name: maybe(fc.constantFrom('write_file', 'functions.write_file:0', '')),
          arguments: maybe(argumentText),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);
const usage = fc.dictionary(
  fc.constantFrom(
    'prompt_tokens',
    'completion_tokens',
    'input_tokens',
    'output_tokens',
    'cost',
    'cache_read_input_tokens',
  ),
  odd,
);
const chatChunk = fc.record(
  {
    choices: maybe(
      fc.array(
        maybe(
          fc.record(
            {
              delta: maybe(
                fc.record(
                  {
                    content: maybe(fc.string()),
                    reasoning_content: maybe(fc.string()),
                    reasoning_details: maybe(fc.array(odd, { maxLength: 2 })),
                    tool_calls: maybe(fc.array(maybe(callPiece), { maxLength: 3 })),
                    function_call: odd,
                  },
                  { requiredKeys: [] },
                ),
              ),
              finish_reason: maybe(
                fc.constantFrom('stop', 'tool_calls', 'length', 'MAX_TOKENS', ''),
              ),
            },
            { requiredKeys: [] },
          ),
        ),
        { maxLength: 2 },
      ),
    ),
    usage: maybe(usage),
  },
  { requiredKeys: [] },
);
const messagesEvent = fc.record(
  {
    type: maybe(
      fc.constantFrom(
        'message_start',
        'content_block_start',
        'content_block_delta',
        'message_delta',
        'message_stop',
        'error',
      ),
    ),
    index: maybe(fc.constantFrom(0, 1, 4_000_000_000, -1)),
    message: maybe(fc.record({ usage: maybe(usage), content: odd }, { requiredKeys: [] })),
    content_block: maybe(
      fc.record(
        {
          type: fc.constantFrom('text', 'tool_use', 'thinking', 'other'),
          id: odd,
          name: odd,
          input: odd,
          text: odd,
        },
        { requiredKeys: ['type'] },
      ),
    ),
    delta: maybe(
      fc.record(
        {
          text: odd,
          partial_json: maybe(argumentText),
          thinking: odd,
          signature: odd,
          stop_reason: odd,
        },
        { requiredKeys: [] },
      ),
    ),
    usage: maybe(usage),
  },
  { requiredKeys: [] },
);

const framed = (values: fc.Arbitrary<unknown>) =>
  fc
    .array(
      fc.oneof(
        { weight: 8, arbitrary: values.map((value) => `data: ${JSON.stringify(value)}\n\n`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            ': alive\n\n',
            'data:\n\n',
            'event: x\n\n',
            '\r\n',
            'data: [DONE]\n\n',
            'junk\n',
            'data: {"a\n',
          ),
        },
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((raw) => [raw]),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => [new TextEncoder().encode(text)]),
);

describe.each([
  ['openai-chat', chatChunk],
  ['anthropic-messages', messagesEvent],
] as const)('whatever a server sends over %s', (wire, value) => {
  const before = process.memoryUsage().heapUsed;
  const status = fc.constantFrom(200, 200, 200, 400, 403, 429, 500);
  const type = fc.constantFrom('text/event-stream', 'application/json', 'text/plain', 'text/html');

  it('in nearly its own form, the answer is a result or one typed error', async () => {
    const text = framed(value);
    const places = fc.array(fc.nat(2000), { maxLength: 4 });
    let results = 0;
    await fc.assert(
      fc.asyncProperty(text, places, type, async (body, at, kind) => {
        const reply = await ask(wire, { status: 200, type: kind, chunks: cut(body, at) });
        if (!(reply instanceof ProviderError)) results += 1;
        await check(wire, reply);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // Both ends are reached, or the property says nothing.
    expect(results).toBeGreaterThan(30);
    expect(results).toBeLessThan(RUNS - 30);
  });

  it('in any bytes, the answer is a result or one typed error', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, status, type, async (chunks, code, kind) => {
        await check(wire, await ask(wire, { status: code, type: kind, chunks }));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('in errors of any form, the error is one of ours and short', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 8 }), status, async (body, code) => {
        const chunks = cut(JSON.stringify(body), []);
        await check(wire, await ask(wire, { status: code, type: 'application/json', chunks }));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  const huge = (text: string, times: number): Uint8Array[] => {
    const chunk = new TextEncoder().encode(text);
    return Array.from({ length: times }, () => chunk);
  };
  const MIB = 'x'.repeat(1024 * 1024);

  it.each([
    ['one line without an end', huge(MIB, 40)],
    ['many lines that are no stream', huge(`${'x'.repeat(1023)}\n`, 40_000)],
    [
      'a text without an end',
      huge(
        `data: ${JSON.stringify({ choices: [{ delta: { content: MIB } }], type: 'content_block_delta', index: 0, delta: { text: MIB } })}\n\n`,
        40,
      ),
    ],
    [
      'calls without an end',
      huge(
        `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [{ id: '', function: { name: 'a', arguments: '{}' } }] } }], type: 'content_block_start', content_block: { type: 'tool_use', id: 'x', name: 'a' } })}\n\n`,
        5000,
      ),
    ],
    ['nesting without an end', [new TextEncoder().encode(`data: ${'['.repeat(2_000_000)}\n\n`)]],
    [
      'a deep object',
      [new TextEncoder().encode(`data: ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}\n\n`)],
    ],
  ])('%s is an error within bounds', async (_name, chunks) => {
    const started = performance.now();
    const reply = await ask(wire, { status: 200, type: 'text/event-stream', chunks });
    expect(reply).toBeInstanceOf(ProviderError);
    await check(wire, reply);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  afterAll(() => {
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(LARGEST_GROWTH);
  });
});

describe('counts that nobody can believe', () => {
  it.each([
    { prompt_tokens: -5, completion_tokens: 1e300 },
    { prompt_tokens: 'many', completion_tokens: null },
    { prompt_tokens: 0, completion_tokens: 0 },
    { prompt_tokens: 4e9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8e9 } },
  ])('are estimated: %j', async (said) => {
    const values = [
      { choices: [{ delta: { content: 'hello' }, finish_reason: 'stop' }] },
      { choices: [], usage: said },
    ];
    const chunks = cut(values.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''), []);
    const reply = await ask('openai-chat', { status: 200, type: 'text/event-stream', chunks });
    expect(reply).toMatchObject({ isUsageEstimated: true, message: { content: 'hello' } });
    expect('usage' in reply && reply.usage.inputTokens).toBeLessThan(1000);
  });
});
