import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { camelCased } from '../../../../src/api/a2a/proto-names.js';
import { REQUESTS_V03, REQUESTS_V1 } from '../../../../src/api/a2a/request-schema.js';
import { type RemoteBench, remoteBench, said } from '../../../support/remote/remote-bench.js';

const post = async (
  bench: RemoteBench,
  body: string,
  headers: Record<string, string> = { 'content-type': 'application/json', 'A2A-Version': '1.0' },
) => {
  const response = await fetch(`${bench.url}/a2a`, { method: 'POST', headers, body });
  const answer = (await response.json()) as { id: unknown; error: { code: number } };
  return [response.status, answer.error.code, answer.id];
};

describe('a request that is none', () => {
  it.each([
    ['', 200, -32_600, null],
    ['{', 200, -32_700, null],
    ['[]', 200, -32_600, null],
    ['[{"jsonrpc":"2.0","id":1,"method":"ListTasks"}]', 200, -32_600, null],
    ['null', 200, -32_600, null],
    ['"text"', 200, -32_600, null],
    ['{"jsonrpc":"1.0","id":4,"method":"ListTasks"}', 200, -32_600, 4],
    ['{"jsonrpc":"2.0","id":{},"method":"ListTasks"}', 200, -32_600, null],
    ['{"jsonrpc":"2.0","id":1.5,"method":"ListTasks"}', 200, -32_600, null],
    ['{"jsonrpc":"2.0","id":"a"}', 200, -32_600, 'a'],
    ['{"jsonrpc":"2.0","id":5,"method":7}', 200, -32_600, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"Nothing"}', 200, -32_601, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"toString"}', 200, -32_601, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"__proto__"}', 200, -32_601, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"message/send","params":{}}', 200, -32_601, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"GetTask"}', 200, -32_602, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"GetTask","params":[1]}', 200, -32_602, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"GetTask","params":{"id":7}}', 200, -32_602, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"GetTask","params":{"id":""}}', 200, -32_602, 5],
    ['{"jsonrpc":"2.0","id":5,"method":"SendMessage","params":{}}', 200, -32_602, 5],
  ])('%s', async (body, ...expected) => {
    const bench = await remoteBench();
    expect(await post(bench, body)).toEqual(expected);
  });

  it('of another media type is refused by that name', async () => {
    const bench = await remoteBench();
    const body = '{"jsonrpc":"2.0","id":1,"method":"ListTasks"}';
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])
      expect(await post(bench, body, { 'content-type': type, 'A2A-Version': '1.0' })).toEqual([
        200,
        -32_005,
        null,
      ]);
    const rest = await bench.rest('/message:send', {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    });
    expect(rest.status).toBe(400);
  });

  it.each(['/%', '/tasks/%ff', '/tasks/%zz:cancel'])('at %s is JSON all the same', async (path) => {
    const { rest } = await remoteBench();
    const response = await rest(path, { method: path.includes('cancel') ? 'POST' : 'GET' });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty('error.code', 400);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'GET'])('with %s is not there', async (method) => {
    const { url } = await remoteBench();
    const response = await fetch(`${url}/a2a`, { method });
    expect([response.status, await response.json()]).toMatchObject([404, { error: {} }]);
  });
});

describe('a message', () => {
  it.each([
    ['without an id', { messageId: undefined }],
    ['with an empty id', { messageId: '' }],
    ['with a number as id', { messageId: 7 }],
    ['without a role', { role: undefined }],
    ['of the agent', { role: 'ROLE_AGENT' }],
    ['of nobody', { role: 'ROLE_UNSPECIFIED' }],
    ['without parts', { parts: [] }],
    ['with parts that are no list', { parts: 'text' }],
    ['with an empty part', { parts: [{}] }],
    ['with a part of two kinds', { parts: [{ text: 'a', data: {} }] }],
    ['with a number for a text', { parts: [{ text: 7 }] }],
    ['with bytes that are none', { parts: [{ raw: '***' }] }],
    ['with an address that is none', { parts: [{ url: 'nowhere' }] }],
    ['with too many parts', { parts: Array.from({ length: 101 }, () => ({ text: 'a' })) }],
    ['with metadata that are none', { metadata: 'x' }],
    ['with a list for a context', { contextId: ['a'] }],
    ['with an id that is too long', { messageId: 'x'.repeat(257) }],
  ])('%s is refused, and starts nothing', async (_, wrong) => {
    const { rpc, rest, tasks } = await remoteBench();
    const params = { message: { ...said('hi'), ...wrong } };
    expect((await rpc('SendMessage', params)).body.error.code).toBe(-32_602);
    expect((await rpc('SendStreamingMessage', params)).body.error.code).toBe(-32_602);
    const body = JSON.stringify(params);
    expect((await rest('/message:send', { method: 'POST', body })).status).toBe(400);
    expect(tasks.started).toBe(0);
  });

  it.each([
    [{ kind: 'text' }],
    [{ kind: 'file', file: {} }],
    [{ kind: 'file', file: { bytes: 'aa', uri: 'https://example.com' } }],
    [{ kind: 'data', data: [] }],
    [{ kind: 'sound' }],
    [{ text: 'of v1' }],
  ])('of v0.3 with the part %j is refused', async (part) => {
    const { rpc } = await remoteBench();
    const message = { kind: 'message', messageId: 'm', role: 'user', parts: [part] };
    expect((await rpc('message/send', { message }, {})).body.error.code).toBe(-32_602);
  });

  it('keeps nothing of a path in the name of a file', async () => {
    const { rpc, tasks } = await remoteBench();
    const parts = [
      { raw: 'YQ==', filename: '../../etc/passwd' },
      { raw: '', filename: 'C:\\a\\b.txt' },
    ];
    const { id } = (await rpc('SendMessage', { message: said('', { parts }) })).body.result.task;
    expect(tasks.task(id).order.message.parts.map(({ name }) => name)).toEqual(['passwd', 'b.txt']);
  });
});

describe('a webhook', () => {
  it.each(['ftp://example.com', 'file:///etc/passwd', 'nowhere', '', 7, 'http://10.0.0.1/x'])(
    'at %s is refused',
    async (url) => {
      const { rpc } = await remoteBench();
      const { id } = (
        await rpc('SendMessage', {
          message: said('wait'),
          configuration: { returnImmediately: true },
        })
      ).body.result.task;
      const set = await rpc('CreateTaskPushNotificationConfig', { taskId: id, url });
      expect(set.body.error.code).toBe(-32_602);
    },
  );
});

describe('names of the proto', () => {
  it('become those of JSON, but not below metadata and data', () => {
    const value = {
      message: { message_id: 'a', metadata: { task_id: 1 }, parts: [{ data: { page_size: 1 } }] },
    };
    expect(camelCased(value)).toEqual({
      message: { messageId: 'a', metadata: { task_id: 1 }, parts: [{ data: { page_size: 1 } }] },
    });
    expect(camelCased({ task_id: 'a', taskId: 'b' })).toEqual({ task_id: 'a', taskId: 'b' });
  });
});

/** Values near what the schemas want, and far from it. */
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('ROLE_USER', 'user', 'text', 'TASK_STATE_WORKING', '__proto__', 'YQ==', '\u0000'),
);
const NAMES = [
  'id',
  'taskId',
  'task_id',
  'message',
  'messageId',
  'role',
  'parts',
  'text',
  'raw',
  'url',
  'data',
  'kind',
  'file',
  'metadata',
  'contextId',
  'configuration',
  'historyLength',
  'pageSize',
  'pageToken',
  'status',
  'includeArtifacts',
  'taskPushNotificationConfig',
  'pushNotificationConfig',
  'authentication',
  'schemes',
  'scheme',
  'returnImmediately',
  'blocking',
  '__proto__',
  'constructor',
  'toString',
  '',
];
const near = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 5 })
      .map(
        (entries) =>
          JSON.parse(
            `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
          ) as unknown,
      ),
  ),
})).value;
const goodMessage = fc.record({
  messageId: fc.uuid(),
  role: fc.constant('ROLE_USER'),
  parts: fc.array(fc.oneof(fc.record({ text: fc.string() }), fc.record({ data: near })), {
    minLength: 1,
    maxLength: 3,
  }),
  metadata: fc.option(fc.dictionary(fc.string(), near), { nil: undefined }),
});
const params = fc.oneof(
  near,
  fc.record(
    { message: fc.oneof(goodMessage, near), configuration: near },
    { requiredKeys: ['message'] },
  ),
  fc.record({ id: fc.oneof(fc.string(), leaf), historyLength: leaf }, { requiredKeys: ['id'] }),
);

describe('whatever comes', () => {
  it('over JSON-RPC is answered by JSON of the protocol, and is no fault of the server', async () => {
    const bench = await remoteBench({ settings: { startsPerMinute: 100_000 } });
    const methods = fc.constantFrom(...Object.keys(REQUESTS_V1), ...Object.keys(REQUESTS_V03));
    await fc.assert(
      fc.asyncProperty(
        methods,
        params,
        fc.constantFrom('1.0', '0.3'),
        async (method, given, version) => {
          const response = await fetch(`${bench.url}/a2a`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'A2A-Version': version },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: given }),
          });
          const text = await response.text();
          const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
          const bodies = isStream === true ? (text.match(/(?<=^data: ).*$/gm) ?? []) : [text];
          for (const body of bodies)
            expect(JSON.parse(body)).toMatchObject({ jsonrpc: '2.0', id: 1 });
          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 400 },
    );
    expect(bench.faults).toEqual([]);
  }, 60_000);

  it('over HTTP+JSON is answered by JSON too', async () => {
    const bench = await remoteBench({ settings: { startsPerMinute: 100_000 } });
    const segment = fc.oneof(
      fc.constantFrom(
        'tasks',
        'message:send',
        'message:stream',
        'x:cancel',
        'x:subscribe',
        'pushNotificationConfigs',
        'extendedAgentCard',
        '..',
        '%00',
        '%',
        'artifacts',
      ),
      fc.string({ maxLength: 8 }).map(encodeURIComponent),
    );
    const query = fc.dictionary(
      fc.constantFrom(...NAMES.slice(0, -1), 'lastSequence'),
      fc.string(),
    );
    const verb = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT');
    await fc.assert(
      fc.asyncProperty(
        verb,
        fc.array(segment, { maxLength: 5 }),
        query,
        params,
        async (method, path, ...[asked, given]) => {
          const search = new URLSearchParams(asked).toString();
          const response = await bench.rest(`/${path.join('/')}?${search}`, {
            method,
            ...(method === 'POST' ? { body: JSON.stringify(given) } : {}),
          });
          const text = await response.text();
          expect(response.status).toBeLessThan(500);
          const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
          for (const body of isStream === true ? (text.match(/(?<=^data: ).*$/gm) ?? []) : [text])
            expect(() => JSON.parse(body) as unknown).not.toThrow();
        },
      ),
      { numRuns: 400 },
    );
    expect(bench.faults).toEqual([]);
  }, 60_000);
});
