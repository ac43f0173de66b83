import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/domain/agent/conversation.js';
import type { ProviderSettings } from '../../src/domain/provider/provider.js';
import {
  chatCalls,
  raw,
  recorded,
  startPlayedServer,
  stream,
  type PlayedReply,
  type PlayedServer,
} from '../support/played-server.js';
import { openModelDesk, type ModelDesk } from '../support/model-desk.js';

type Wire = 'openai-chat' | 'anthropic-messages';

interface Row {
  readonly name: string;
  readonly reply: PlayedReply;
  readonly wire?: Wire;
  readonly settings?: Partial<ProviderSettings>;
  /** The calls as the tools get them: execution, name, arguments. Default: the file a.txt is written. */
  readonly calls?: readonly (readonly [name: string, given: unknown])[];
  readonly text?: string;
}

const A = { path: 'a.txt', content: 'made\n' };
const B = { path: 'b.txt', content: 'made\n' };
const WRITE_A = [['write_file', A]] as const;

const delta = (fields: unknown, finish: string | null = null): unknown => ({
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});
const piece = (fields: Readonly<Record<string, unknown>>): unknown =>
  delta({ tool_calls: [fields] });
const part = (name: string | undefined, given: unknown): unknown => ({
  ...(name === undefined ? {} : { name }),
  arguments: given,
});
const said = (content: string, finish = 'stop'): PlayedReply =>
  stream(delta({ content }), delta({}, finish));
const called = (...pieces: readonly Readonly<Record<string, unknown>>[]): PlayedReply =>
  stream(...pieces.map(piece), delta({}, 'tool_calls'));
const ARGS = JSON.stringify(A);
const whole = { index: 0, id: 'c1', function: { name: 'write_file', arguments: ARGS } };
const named = (name: string): PlayedReply =>
  called({ index: 0, id: 'c1', function: { name, arguments: ARGS } });
const given = (text: unknown): PlayedReply =>
  called({ index: 0, id: 'c1', function: { name: 'write_file', arguments: text } });
const event = (type: string, fields: Readonly<Record<string, unknown>>): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const toolBlock = (input: unknown): string =>
  event('content_block_start', {
    index: 0,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'write_file', input },
  });
const STOP =
  event('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } }) +
  event('message_stop', {});

/** Replies as they were sent, one folder a kind. */
const RECORDED: readonly Row[] = [
  ...[
    '01-sse-empty-data/reply-dataempty.http',
    '02-sse-event-without-data/reply-evonly.http',
    '03-usage-without-counts/reply-usagepart.http',
    '03-usage-without-counts/reply-usageprompt.http',
    '04-done-without-finish-reason/reply-nofin.http',
    '06-arguments-as-object/reply-argobject.http',
    '10-calls-without-ids/reply-noids.http',
    '12-keepalive-comments-while-queued/reply-comments.http',
    '15-kimi-call-without-reasoning/reply-kimireason.http',
    '28-spending-shown-as-zero/answered-call.http',
    '35-template-tokens-as-text/reply-leak.http',
    '71-whole-json-instead-of-a-stream/reply-nonstream.http',
    '87-legacy-function-call/reply-legacyfn.http',
  ].map((path) => ({ name: path, reply: recorded(path) })),
  {
    name: '05-content-as-list',
    reply: recorded('05-content-as-list/reply-contentlist.http'),
    text: 'Writing.',
  },
  {
    name: '08-parallel-calls-all-index-0',
    reply: recorded('08-parallel-calls-all-index-0/reply-idx0.http'),
    calls: [...WRITE_A, ['write_file', B]],
  },
  {
    name: '09-index-from-1',
    reply: recorded('09-index-from-1/reply-idx1.http'),
    text: 'I will write it.',
  },
  {
    name: '36-numbers-as-strings',
    reply: recorded('36-numbers-as-strings/reply-strnum.http'),
    calls: [['bash', { command: 'echo made > a.txt', timeout_s: 60 }]],
  },
  {
    name: '38-raw-newline-in-arguments',
    reply: recorded('38-raw-newline-in-arguments/reply-rawnl.http'),
    calls: [['write_file', { path: 'a.txt', content: 'made\nmore\n' }]],
  },
  {
    name: '39-json-mode-think-block',
    reply: recorded('39-json-mode-think-block/reply.http'),
    settings: { toolMode: 'json' },
  },
  {
    name: '73-anthropic-data-lines-only',
    wire: 'anthropic-messages',
    reply: recorded('73-anthropic-data-lines-only/reply-an_dataonly.http'),
  },
];

/** Framing that public reports show. */
const FRAMING: readonly Row[] = [
  {
    name: 'no blank line between events',
    reply: raw(
      `data: ${JSON.stringify(piece(whole))}\ndata: ${JSON.stringify(delta({}, 'tool_calls'))}\ndata: [DONE]\n`,
    ),
  },
  {
    name: 'CRLF, no space after the colon, a byte order mark',
    reply: raw(
      `\uFEFFdata:${JSON.stringify(piece(whole))}\r\n\r\ndata:${JSON.stringify(delta({}, 'tool_calls'))}\r\n\r\n`,
    ),
  },
  {
    name: 'one JSON value over several data lines',
    reply: raw(
      `${JSON.stringify(piece(whole), null, 1)
        .split('\n')
        .map((line) => `data: ${line}`)
        .join('\n')}\n\ndata: [DONE]\n\n`,
    ),
  },
  {
    name: 'lines of JSON in Ollama’s own form',
    reply: raw(
      `${JSON.stringify({ message: { role: 'assistant', content: '', tool_calls: [{ function: { name: 'write_file', arguments: A } }] }, done: false })}\n${JSON.stringify({ message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 3 })}\n`,
      'application/x-ndjson',
    ),
  },
  {
    name: 'a whole answer under text/event-stream, pretty-printed',
    reply: raw(
      JSON.stringify(
        {
          choices: [{ message: { role: 'assistant', tool_calls: [whole] }, finish_reason: 'stop' }],
        },
        null,
        2,
      ),
    ),
  },
  {
    name: 'a stream under text/plain',
    reply: { ...called(whole), headers: { 'content-type': 'text/plain; charset=utf-8' } },
  },
  {
    name: 'a connection that stays open behind the closing mark',
    reply: { ...called(whole), isLeftOpen: true },
  },
  {
    name: 'null in every field that may be absent',
    reply: stream(
      {
        choices: [
          {
            delta: { content: null, reasoning: null, tool_calls: null, refusal: null },
            finish_reason: null,
          },
        ],
        usage: null,
        error: null,
      },
      piece(whole),
      delta({}, 'tool_calls'),
    ),
  },
];

/** Ways in which servers put calls together. */
const ASSEMBLY: readonly Row[] = [
  {
    name: 'the first piece of the second call under the index of the first',
    reply: called(
      whole,
      { index: 0, id: 'c2', function: part('write_file', '{"path":"b.txt",') },
      { index: 1, function: part(undefined, '"content":"made\\n"}') },
    ),
    calls: [...WRITE_A, ['write_file', B]],
  },
  {
    name: 'neither index nor id, whole calls',
    reply: called(
      { function: part('write_file', ARGS) },
      { function: part('write_file', JSON.stringify(B)) },
    ),
    calls: [...WRITE_A, ['write_file', B]],
  },
  {
    name: 'the same id for every call',
    reply: called(
      { index: 0, id: 'call', function: part('write_file', ARGS) },
      { index: 1, id: 'call', function: part('write_file', JSON.stringify(B)) },
    ),
    calls: [...WRITE_A, ['write_file', B]],
  },
  {
    name: 'an id of its own for each piece',
    reply: called(
      { index: 0, id: 'p1', function: part('write_file', '') },
      { index: 0, id: 'p2', function: part(undefined, ARGS.slice(0, 9)) },
      { index: 0, id: 'p3', function: part(undefined, ARGS.slice(9)) },
    ),
  },
  {
    name: 'the name with each piece',
    reply: called(
      { index: 0, id: 'c1', function: part('write_file', ARGS.slice(0, 9)) },
      { index: 0, id: 'c1', function: part('write_file', ARGS.slice(9)) },
    ),
  },
  {
    name: 'an index that counts pieces',
    reply: called(
      { index: 0, id: 'c1', function: part('write_file', ARGS.slice(0, 9)) },
      { index: 1, function: part(undefined, ARGS.slice(9)) },
    ),
  },
  {
    name: 'index 4,000,000,000',
    reply: called({ ...whole, index: 4_000_000_000 }),
  },
  {
    name: 'growing snapshots of the arguments',
    reply: called(
      { index: 0, id: 'c1', function: part('write_file', '{"path":"a.txt"') },
      { index: 0, id: 'c1', function: part(undefined, ARGS) },
    ),
  },
  { name: 'the whole call twice', reply: called(whole, whole) },
  {
    name: 'an empty object before the arguments',
    reply: called(
      { index: 0, id: 'c1', function: part('write_file', '{}') },
      { index: 0, function: part(undefined, ARGS) },
    ),
  },
  {
    name: 'an empty call behind the real one',
    reply: called(whole, { index: 1, id: null, function: { name: null, arguments: null } }),
  },
  {
    name: 'a begun copy of the arguments in front of them, in a piece without a name',
    reply: called(
      { index: 0, id: 'c1', function: part('write_file', '') },
      { index: 1, id: null, function: { name: null, arguments: `{"path":"a.txt"${ARGS}` } },
    ),
  },
  {
    name: 'a choice with another number for the call than for the thoughts',
    reply: stream(
      delta({ reasoning_content: 'I will write it.' }),
      { choices: [{ index: 1, delta: { tool_calls: [whole] }, finish_reason: null }] },
      { choices: [{ index: 1, delta: {}, finish_reason: 'tool_calls' }] },
    ),
  },
  {
    name: 'a piece that only holds a signature, before and behind the call',
    reply: called(
      { extra_content: { google: { thought_signature: 's1' } } },
      { id: 'c1', type: 'function', function: part('write_file', ARGS) },
      { extra_content: { google: { thought_signature: 's2' } } },
    ),
  },
  {
    name: 'finish reason stop with calls',
    reply: stream(piece(whole), delta({}, 'stop')),
  },
];

const NAMES: readonly Row[] = [
  'functions.write_file:0',
  'functions.write_file',
  'default_api.write_file',
  'mcp__codetether__write_file',
  'Write_File',
  'writeFile',
  'write-file',
  ' write_file ',
  'write_file<|channel|>commentary',
  'write_file()',
].map((name) => ({ name: `the name ${name}`, reply: named(name) }));

const ODD_ARGUMENTS: readonly Row[] = [
  { name: 'encoded twice', reply: given(JSON.stringify(ARGS)) },
  { name: 'in a code fence', reply: given(`\`\`\`json\n${ARGS}\n\`\`\``) },
  { name: 'with a token of the template behind them', reply: given(`${ARGS}<|tool_call_end|>`) },
  { name: 'with a bracket too many', reply: given(`${ARGS}}`) },
  { name: 'in a list', reply: given(`[${ARGS}]`) },
  {
    name: 'with null for what is optional',
    reply: called({
      index: 0,
      id: 'c1',
      function: part('bash', '{"command":"ls","timeout_s":null}'),
    }),
    calls: [['bash', { command: 'ls' }]],
  },
  {
    name: 'with an object where a text belongs',
    reply: given('{"path":"a.json","content":{"a":1}}'),
    calls: [['write_file', { path: 'a.json', content: '{\n  "a": 1\n}' }]],
  },
  {
    name: 'with a list as text',
    reply: called({
      index: 0,
      id: 'c1',
      function: part(
        'todo_write',
        JSON.stringify({ todos: JSON.stringify([{ content: 'x', status: 'pending' }]) }),
      ),
    }),
    calls: [['todo_write', { todos: [{ content: 'x', status: 'pending' }] }]],
  },
];
const ARGUMENTS = ODD_ARGUMENTS.map((row) => ({ ...row, name: `arguments ${row.name}` }));

/** Calls that a server left in the text, in the notation of a model family. */
const NOTATIONS: readonly Row[] = [
  ['Hermes and Qwen', `<tool_call>\n{"name": "write_file", "arguments": ${ARGS}}\n</tool_call>`],
  [
    'Qwen coder',
    '<tool_call>\n<function=write_file>\n<parameter=path>\na.txt\n</parameter>\n<parameter=content>\nmade\n\n</parameter>\n</function>\n</tool_call>',
  ],
  [
    'GLM',
    '<tool_call>write_file\n<arg_key>path</arg_key>\n<arg_value>a.txt</arg_value>\n<arg_key>content</arg_key>\n<arg_value>made\n\n</arg_value>\n</tool_call>',
  ],
  [
    'MiniMax',
    '<minimax:tool_call>\n<invoke name="write_file">\n<parameter name="path">a.txt</parameter>\n<parameter name="content">made\n\n</parameter>\n</invoke>\n</minimax:tool_call>',
  ],
  [
    'DeepSeek',
    `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>write_file\n\`\`\`json\n${ARGS}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
  ],
  ['DeepSeek 3.1', `<｜tool▁call▁begin｜>write_file<｜tool▁sep｜>${ARGS}<｜tool▁call▁end｜>`],
  ['Mistral', `[TOOL_CALLS][{"name": "write_file", "arguments": ${ARGS}}]`],
  ['Mistral 3', `[TOOL_CALLS]write_file[ARGS]${ARGS}`],
  ['Llama', `<|python_tag|>{"name": "write_file", "parameters": ${ARGS}}`],
  ['Llama functions', `<function=write_file>${ARGS}</function>`],
  [
    'Harmony',
    `<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>${ARGS}<|call|>`,
  ],
].map(([family, text]) => ({ name: `notation of ${family}`, reply: said(text ?? '') }));

const JSON_MODE: readonly Row[] = [
  ['words around the object', `I will write it:\n{"tool":"write_file","arguments":${ARGS}}\nDone.`],
  ['other names of its parts', `{"name":"write_file","parameters":${ARGS}}`],
  ['arguments as text', `{"tool":"write_file","arguments":${JSON.stringify(ARGS)}}`],
  ['raw line breaks', '{"tool":"write_file","arguments":{"path":"a.txt","content":"made\n"}}'],
  [
    'a block of reasoning without its beginning',
    `so…\n</think>\n{"tool":"write_file","arguments":${ARGS}}`,
  ],
].map(([name, text]) => ({
  name: `JSON mode: ${name}`,
  reply: said(text ?? ''),
  settings: { toolMode: 'json' as const },
}));

const MESSAGES: readonly Row[] = [
  { name: 'the input in the start of the block', reply: raw(toolBlock(A) + STOP) },
  { name: 'the input as text', reply: raw(toolBlock(ARGS) + STOP) },
  {
    name: 'pieces behind an input that is there already',
    reply: raw(
      toolBlock({}) +
        event('content_block_delta', {
          index: 0,
          delta: { type: 'input_json_delta', partial_json: ARGS },
        }) +
        STOP,
    ),
  },
  {
    name: 'no stop reason but the closing event',
    reply: raw(toolBlock(A) + event('message_stop', {})),
  },
  {
    name: 'a whole message',
    reply: raw(
      JSON.stringify({
        type: 'message',
        content: [{ type: 'tool_use', id: 't', name: 'write_file', input: A }],
        stop_reason: 'tool_use',
        usage: { input_tokens: 5, output_tokens: 2 },
      }),
      'application/json',
    ),
  },
  {
    name: 'usage of null, and pings',
    reply: raw(
      event('message_start', { message: { usage: null, content: [] } }) +
        'event: ping\ndata: {"type":"ping"}\n\n: keep-alive\n\n' +
        toolBlock(A) +
        STOP,
    ),
  },
].map((row) => ({ ...row, name: `messages: ${row.name}`, wire: 'anthropic-messages' as const }));

let server: PlayedServer;
beforeAll(async () => {
  server = await startPlayedServer(() => chatCalls());
});
afterAll(async () => {
  await server.stop();
});

const START: readonly NewMessage[] = [{ kind: 'user', text: 'Write a.txt with the word made.' }];

/** The good reply that follows on either wire. */
function next(wire: Wire): PlayedReply {
  return wire === 'openai-chat'
    ? said('Done.')
    : raw(
        event('content_block_start', { index: 0, content_block: { type: 'text', text: 'Done.' } }) +
          event('message_delta', { delta: { stop_reason: 'end_turn' } }) +
          event('message_stop', {}),
      );
}

describe('replies of servers', () => {
  let desk: ModelDesk;
  const desks = new Map<string, ModelDesk>();
  beforeEach(() => {
    server.seen.length = 0;
  });
  afterAll(async () => {
    for (const each of desks.values()) await each.close();
  });

  async function deskFor(settings: Partial<ProviderSettings>): Promise<ModelDesk> {
    const key = JSON.stringify(settings);
    const known = desks.get(key);
    if (known !== undefined) return known;
    const baseUrl = `${server.url}/v1`;
    const config = {
      here: { wire: 'openai-chat' as const, auth: 'none' as const, baseUrl, ...settings },
    };
    const opened = await openModelDesk({ config, model: { provider: 'here', model: 'm' } });
    desks.set(key, opened);
    return opened;
  }

  it.each([
    ...RECORDED,
    ...FRAMING,
    ...ASSEMBLY,
    ...NAMES,
    ...ARGUMENTS,
    ...NOTATIONS,
    ...JSON_MODE,
    ...MESSAGES,
  ])('$name', async (row) => {
    const { wire = 'openai-chat', calls = WRITE_A, settings = {} } = row;
    const baseUrl = wire === 'openai-chat' ? `${server.url}/v1` : server.url;
    desk = await deskFor({ ...settings, wire, baseUrl });
    desk.begin();
    server.play = (_seen, count) => (count === 1 ? row.reply : next(wire));
    const first = await desk.call(START);
    const message = (await desk.messages()).at(-1);
    expect(first.failure).toBeNull();
    expect(message).toMatchObject({ role: 'assistant', content: row.text ?? '' });
    const made = message?.role === 'assistant' ? message.toolCalls : [];
    expect(made.map((call) => [call.name, JSON.parse(call.arguments) as unknown])).toEqual(calls);
    expect(first.result?.calls.map((call) => call.execution)).not.toContain('invalid');
    expect(new Set(made.map((call) => call.id)).size).toBe(made.length);
    // What was read goes back in a form that a strict server accepts.
    const second = await desk.call(
      made.map((call) => ({
        kind: 'tool-text',
        callId: call.id,
        name: call.name,
        isError: false,
        text: 'ok',
      })),
    );
    expect(second.failure).toBeNull();
    expect(server.seen.map((seen) => seen.faults)).toEqual([[], []]);
  });
});
