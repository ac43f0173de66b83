import { request as httpRequest, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_SEQUENCE } from '../../../../src/domain/index.js';
import { InfrastructureError } from '../../../../src/domain/index.js';
import { artifact, type FakeTask } from '../../../support/remote/fake-tasks.js';
import { type RemoteBench, remoteBench, said } from '../../../support/remote/remote-bench.js';

interface Frame {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Record<string, unknown>;
}

function framesOf(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = JSON.parse(field('data') ?? '') as Record<string, unknown>;
      return { id: field('id'), event: field('event'), data };
    });
}

/** Reads a stream until it ends, or until so many frames are there. */
async function read(response: Response, most = Infinity): Promise<Frame[]> {
  const decoder = new TextDecoder();
  let text = '';
  const body = response.body as unknown as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (framesOf(text.slice(0, text.lastIndexOf('\n\n') + 2)).length >= most) break;
  }
  return framesOf(text).slice(0, most);
}

async function waiting(bench: RemoteBench): Promise<FakeTask> {
  const { body } = await bench.rpc('SendMessage', {
    message: said('wait'),
    configuration: { returnImmediately: true },
  });
  const task = bench.tasks.task(body.result.task.id);
  await expect.poll(() => task.updates.length).toBe(1);
  return task;
}

const status = (text: string) => ({ kind: 'status', state: 'working', text }) as const;
const end = { kind: 'status', state: 'completed', text: null } as const;
const subscribe = (bench: RemoteBench, task: FakeTask, cursor?: number | string) =>
  bench.rest(`/tasks/${task.taskId}:subscribe`, {
    headers: cursor === undefined ? {} : { 'Last-Event-ID': String(cursor) },
  });
const idsOf = (frames: readonly Frame[]) => frames.map(({ id }) => Number(id));

describe('a stream', () => {
  it('numbers every event, in the id and in the metadata, in both bindings', async () => {
    const bench = await remoteBench();
    const body = JSON.stringify({ message: said('hi') });
    const rest = await read(await bench.rest('/message:stream', { method: 'POST', body }));
    expect(idsOf(rest)).toEqual([0, 1, 2, 3]);
    expect(rest[1]?.data).toMatchObject({
      statusUpdate: { metadata: { [EVENT_SEQUENCE]: { sequence: 1 } } },
    });
    const rpc = await fetch(`${bench.url}/a2a`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 'mine',
        method: 'SendStreamingMessage',
        params: { message: said('hi') },
      }),
    });
    expect(rpc.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const frames = await read(rpc);
    expect(idsOf(frames)).toEqual([0, 1, 2, 3]);
    expect(frames.every(({ data }) => data['id'] === 'mine')).toBe(true);
    expect(frames[3]?.data).toMatchObject({
      result: { statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } } },
    });
  });

  it('has the flag of v0.3 at a question and at the end', async () => {
    const bench = await remoteBench();
    const send = (text: string, more: object = {}) =>
      fetch(`${bench.url}/a2a`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'message/stream',
          params: {
            message: {
              kind: 'message',
              messageId: text,
              role: 'user',
              parts: [{ kind: 'text', text }],
              ...more,
            },
          },
        }),
      });
    const finals = (frames: readonly Frame[]) =>
      frames.map(({ data }) => (data['result'] as { final?: boolean }).final);
    const asked = await read(await send('ask'));
    expect(finals(asked)).toEqual([undefined, false, true]);
    const taskId = Reflect.get(Object(asked[0]?.data['result']), 'id') as string;
    const told = await read(await send('main', { taskId }));
    expect(finals(told).at(-1)).toBe(true);
  });

  it('tells a message that joins the history as a status with it', async () => {
    const bench = await remoteBench();
    const { body } = await bench.rpc('SendMessage', { message: said('ask') });
    const task = bench.tasks.task(body.result.task.id);
    const reading = subscribe(bench, task).then((response) => read(response));
    await expect.poll(() => bench.tasks.followers).toBe(1);
    await bench.rpc('SendMessage', { message: said('main', { taskId: task.taskId }) });
    const [, joined] = await reading;
    expect(joined?.data).toMatchObject({
      statusUpdate: {
        status: {
          state: 'TASK_STATE_WORKING',
          message: { role: 'ROLE_USER', parts: [{ text: 'main' }] },
        },
      },
    });
  });
});

describe('a subscription', () => {
  it('begins with the task as it is and ends with it', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    const reading = subscribe(bench, task).then((response) => read(response));
    await expect.poll(() => bench.tasks.followers).toBe(1);
    task.tell(status('half'));
    task.tell(end);
    expect(idsOf(await reading)).toEqual([1, 2, 3]);
    await expect.poll(() => bench.api.hub.size).toBe(0);
  });

  it.each(['header', 'query', 'metadata'])('goes on behind a cursor in the %s', async (place) => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    for (const text of ['a', 'b', 'c']) task.tell(status(text));
    task.tell(end);
    const frames =
      place === 'header'
        ? await read(await subscribe(bench, task, 2))
        : place === 'query'
          ? await read(await bench.rest(`/tasks/${task.taskId}:subscribe?lastSequence=2`))
          : await read(
              await bench.rest(`/tasks/${task.taskId}:subscribe`, {
                method: 'POST',
                body: JSON.stringify({ metadata: { [EVENT_SEQUENCE]: { lastSequence: 2 } } }),
              }),
            );
    expect(idsOf(frames)).toEqual([2, 3, 4, 5]);
    // the task stands at the cursor, so that whoever is cut off here misses nothing
    expect(frames[0]?.data).toMatchObject({
      task: { metadata: { [EVENT_SEQUENCE]: { sequence: 2, currentSequence: 5 } } },
    });
  });

  it.each(['-1', 'x', '1.5', '99999999999999999'])('refuses the cursor %s', async (cursor) => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    expect((await subscribe(bench, task, cursor)).status).toBe(400);
  });

  it('to an ended task is refused without a cursor, and told to its end with one', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    task.tell(end);
    expect((await subscribe(bench, task)).status).toBe(400);
    expect(idsOf(await read(await subscribe(bench, task, 0)))).toEqual([0, 1, 2]);
    expect(idsOf(await read(await subscribe(bench, task, 2)))).toEqual([2]);
  });

  it.each([
    ['behind what is kept', 1],
    ['ahead of the task', 99],
  ])('%s gets an explicit gap with the task, and goes on', async (_, cursor) => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    for (const text of ['a', 'b']) task.tell(status(text));
    task.dropped = 2;
    const reading = subscribe(bench, task, cursor).then((response) => read(response));
    await expect.poll(() => bench.tasks.followers).toBe(1);
    task.tell(end);
    const [, gap, last] = await reading;
    expect(gap).toMatchObject({
      id: '3',
      data: { task: { metadata: { [EVENT_SEQUENCE]: { sequence: 3, gap: true } } } },
    });
    expect(last?.id).toBe('4');
  });

  it('that is closed frees its follower and leaves the task and the others alone', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    const gone = new AbortController();
    const first = await bench.rest(`/tasks/${task.taskId}:subscribe`, { signal: gone.signal });
    const other = subscribe(bench, task).then((response) => read(response));
    await expect.poll(() => bench.tasks.followers).toBe(2);
    gone.abort();
    await expect(first.text()).rejects.toThrow();
    await expect.poll(() => bench.tasks.followers).toBe(1);
    task.tell(end);
    expect(idsOf(await other)).toEqual([1, 2]);
  });

  it('of somebody else is not found', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    Object.assign(task, { owner: 'else' });
    expect((await subscribe(bench, task)).status).toBe(404);
  });

  it('misses no event and doubles none, wherever its readers are cut off', async () => {
    const bench = await remoteBench();
    const total = 12;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }), {
          minLength: 3,
          maxLength: 3,
        }),
        async (cuts) => {
          const task = await waiting(bench);
          const readers = cuts.map((counts) => reconnecting(bench, task, counts));
          for (let count = task.updates.length; count < total - 1; count += 1) {
            task.tell(
              count % 3 === 0
                ? { kind: 'artifact', artifact: artifact(String(count)) }
                : status(String(count)),
            );
            await Promise.resolve();
          }
          task.tell(end);
          const seen = await Promise.all(readers);
          for (const events of seen) {
            expect(idsOf(events)).toEqual(Array.from({ length: total }, (_, at) => at + 1));
            expect(events).toEqual(seen[0]);
          }
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

/** Reads a task from its beginning; is cut off after so many events, again and again, and comes back with its cursor. */
async function reconnecting(
  bench: RemoteBench,
  task: FakeTask,
  counts: readonly number[],
): Promise<Frame[]> {
  const seen: Frame[] = [];
  for (const count of [...counts, Infinity]) {
    const frames = await read(await subscribe(bench, task, seen.at(-1)?.id ?? 0), count + 1);
    seen.push(...frames.slice(1));
    if (seen.length >= 12) break;
  }
  return seen;
}

describe('open streams', () => {
  it('are pinged while nothing happens', async () => {
    const bench = await remoteBench({ settings: { pingMs: 20 } });
    const task = await waiting(bench);
    const response = await subscribe(bench, task);
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.split(': ping\n\n').length > 2) break;
    }
    expect(text).toContain(': ping\n\n: ping\n\n');
    await expect.poll(() => bench.api.hub.size).toBe(0);
  });

  it('are no more than the limit', async () => {
    const bench = await remoteBench({ settings: { maxStreams: 1 } });
    const task = await waiting(bench);
    const first = await subscribe(bench, task);
    const second = await subscribe(bench, task);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '5']);
    task.tell(end);
    await read(first);
    await expect.poll(() => bench.api.hub.size).toBe(0);
  });

  it('of a reader that takes nothing are dropped, with a bounded amount written', async () => {
    const bench = await remoteBench({ settings: { slowReaderMs: 200, pingMs: 50 } });
    const task = await waiting(bench);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const url = `${bench.url}/a2a/v1/tasks/${task.taskId}:subscribe`;
      httpRequest(url, { headers: { 'A2A-Version': '1.0' } }, resolve)
        .on('error', reject)
        .end();
    });
    response.pause();
    response.on('error', () => undefined);
    const large = 'x'.repeat(200_000);
    for (let count = 0; count < 200; count += 1) task.tell(status(large));
    await expect.poll(() => bench.api.hub.size, { timeout: 15_000 }).toBe(0);
    await expect.poll(() => bench.tasks.followers).toBe(0);
    expect(task.updates.length).toBe(201);
    response.destroy();
  }, 20_000);

  it('end with an error event when the store fails, and the cursor goes on from there', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    const reading = subscribe(bench, task).then((response) => read(response));
    await expect.poll(() => bench.tasks.followers).toBe(1);
    bench.tasks.fault = new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', { message: 'gone' });
    task.tell(status('half'));
    const frames = await reading;
    expect(frames.at(-1)).toMatchObject({
      event: 'error',
      data: { error: { code: 503, status: 'UNAVAILABLE' } },
    });
    bench.tasks.fault = undefined;
    task.tell(end);
    expect(idsOf(await read(await subscribe(bench, task, 1)))).toEqual([1, 2, 3]);
  });

  it('end when the server does', async () => {
    const bench = await remoteBench();
    const task = await waiting(bench);
    const response = await subscribe(bench, task);
    bench.api.close();
    expect(idsOf(await read(response))).toEqual([1]);
  });
});
