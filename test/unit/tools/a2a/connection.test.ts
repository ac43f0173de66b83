import { describe, expect, it } from 'vitest';
import { connectAgent, type AgentEvent } from '../../../../src/tools/a2a/connection.js';
import { awaitTask } from '../../../../src/tools/a2a/await-task.js';
import { followTask } from '../../../../src/tools/a2a/follow-task.js';
import { a2aAgent } from '../../../support/a2a-agent.js';

const signal = new AbortController().signal;
const message = (text: string, more: object = {}) => ({
  messageId: `m-${text}`,
  parts: [{ kind: 'text' as const, text }],
  ...more,
});

async function connected(transport: 'jsonrpc' | 'rest', isLegacy = false) {
  const agent = await a2aAgent({ isLegacy });
  const access = { name: 'echo', url: agent.url, fetch, transport, timeoutMs: 10_000 };
  return { ...agent, connection: await connectAgent(access, signal) };
}

async function all(events: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const seen: AgentEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe.each(['jsonrpc', 'rest'] as const)('an agent by %s', (transport) => {
  it('shows its card', async () => {
    const { connection, url } = await connected(transport);
    expect(connection.card).toMatchObject({
      name: 'echo',
      description: 'says it again',
      version: '1.2.3',
      streaming: true,
      push: false,
      skills: [],
    });
    expect(connection.card.interfaces[0]).toEqual({
      url: `${url}/rpc`,
      transport: 'JSONRPC',
      version: '1.0',
    });
  });

  it('takes a message, and shows what came of it', async () => {
    const { connection } = await connected(transport);
    const sent = await connection.send(message('hello'), signal);
    const options = { waitMs: 5000, firstPauseMs: 5, signal, onLook: () => undefined };
    const task = await awaitTask(connection, sent.taskId, options);
    expect(task).toMatchObject({
      taskId: sent.taskId,
      state: 'completed',
      said: [{ kind: 'text', text: 'done' }],
      artifacts: [
        { artifactId: 'echo', name: 'echo.txt', parts: [{ kind: 'text', text: 'hello' }] },
      ],
    });
  });

  it('streams task, states and artifact in their order', async () => {
    const { connection } = await connected(transport);
    const events = await all(
      followTask(connection, { message: message('hello') }, { signal, onBreak: () => undefined }),
    );
    expect(events.map((event) => (event.kind === 'status' ? event.state : event.kind))).toEqual([
      'task',
      'working',
      'artifact',
      'completed',
    ]);
  });

  it('answers without a task', async () => {
    const { connection } = await connected(transport);
    expect(await connection.send(message('answer'), signal)).toMatchObject({
      taskId: '',
      state: 'completed',
      said: [{ kind: 'text', text: 'just so' }],
    });
  });

  it('asks, is answered and ends', async () => {
    const { connection, told } = await connected(transport);
    const { taskId } = await connection.send(message('ask'), signal);
    const options = { waitMs: 5000, firstPauseMs: 5, signal, onLook: () => undefined };
    expect(await awaitTask(connection, taskId, options)).toMatchObject({
      state: 'input-required',
      said: [{ kind: 'text', text: 'sure?' }],
    });
    const answered = message('yes', { taskId, metadata: { skill: 'chat' } });
    const seen = await connection.send(answered, signal);
    expect(await awaitTask(connection, taskId, { ...options, told: seen })).toMatchObject({
      state: 'completed',
    });
    expect(told.map((one) => one.metadata)).toEqual([undefined, { skill: 'chat' }]);
  });

  it('is cancelled', async () => {
    const { connection } = await connected(transport);
    const { taskId } = await connection.send(message('work'), signal);
    expect(await connection.cancel(taskId, signal)).toMatchObject({ taskId, state: 'canceled' });
  });

  it('lists its tasks, by state too', async () => {
    const { connection } = await connected(transport);
    const { taskId } = await connection.send(message('fail'), signal);
    const options = { waitMs: 5000, firstPauseMs: 5, signal, onLook: () => undefined };
    await awaitTask(connection, taskId, options);
    const page = await connection.list({ state: 'failed', pageSize: 10 }, signal);
    expect(page).toMatchObject({
      tasks: [{ taskId, state: 'failed' }],
      nextPageToken: '',
      total: 1,
    });
    expect((await connection.list({ state: 'completed' }, signal)).tasks).toEqual([]);
  });

  it('takes every kind of part', async () => {
    const { connection, told } = await connected(transport);
    await connection.send(
      {
        messageId: 'parts',
        parts: [
          { kind: 'data', data: { stories: [1] }, name: 'prd.json', mediaType: 'application/json' },
          { kind: 'file', bytes: Buffer.from('abc').toString('base64'), name: 'a.bin' },
          { kind: 'url', url: 'https://files.example/a' },
        ],
      },
      signal,
    );
    expect(told[0]?.parts.map(({ content, filename }) => [content?.$case, filename])).toEqual([
      ['data', 'prd.json'],
      ['raw', 'a.bin'],
      ['url', ''],
    ]);
  });

  it('refuses a task that it does not know', async () => {
    const { connection } = await connected(transport);
    await expect(connection.get('nobody', signal)).rejects.toMatchObject({
      code: 'ERR_A2A_REFUSED',
      reason: 'TaskNotFoundError',
      exitCode: 2,
    });
  });

  it('is left at once when the signal aborts', async () => {
    const { connection } = await connected(transport);
    await expect(connection.get('x', AbortSignal.abort(new Error('away')))).rejects.toThrow('away');
  });
});

describe('an agent of version 0.3', () => {
  it('is spoken to in its own version', async () => {
    const { connection } = await connected('jsonrpc', true);
    expect(connection.card.interfaces[0]?.version).toBe('0.3');
    const events = await all(
      followTask(connection, { message: message('hello') }, { signal, onBreak: () => undefined }),
    );
    expect(events.at(-1)).toMatchObject({ kind: 'status', state: 'completed' });
  });
});
