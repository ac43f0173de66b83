import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentConnection, AgentEvent } from '../../../../src/tools/a2a/connection.js';
import { AgentRefusedError, AgentUnreachableError } from '../../../../src/tools/a2a/failure.js';
import { followTask, type Followed } from '../../../../src/tools/a2a/follow-task.js';
import type { RemoteTask } from '../../../../src/domain/index.js';

const signal = new AbortController().signal;
const message = { messageId: 'm', parts: [{ kind: 'text' as const, text: 'x' }] };

function task(state: RemoteTask['state']): RemoteTask {
  return { taskId: 't', contextId: 'c', state, said: [], at: '', artifacts: [], history: [] };
}

function status(seq: number | undefined, state: RemoteTask['state']): AgentEvent {
  return { kind: 'status', seq, taskId: 't', state, said: [], at: '' };
}

/** An agent whose task has so many events; a stream breaks behind so many events as the list says, then it holds. */
function breaking(count: number, breaks: readonly number[]) {
  const opened: (number | undefined)[] = [];
  const events = Array.from({ length: count }, (_, index) =>
    status(index + 1, index === count - 1 ? 'completed' : 'working'),
  );
  const left = [...breaks];
  async function* from(behind: number): AsyncIterable<AgentEvent> {
    const budget = left.shift() ?? Number.MAX_SAFE_INTEGER;
    const first: AgentEvent = { kind: 'task', seq: undefined, task: task('working') };
    for (const [index, event] of [first, ...events.slice(behind)].entries()) {
      if (index >= budget) throw new AgentUnreachableError('a', 'broken');
      yield event;
    }
    await Promise.resolve();
  }
  const connection = {
    card: { name: 'a' },
    stream: () => from(0),
    follow: ({ lastEventId }: { lastEventId?: number }) => {
      opened.push(lastEventId);
      return from(lastEventId ?? 0);
    },
    get: () => Promise.resolve(task('completed')),
  } as unknown as AgentConnection;
  return { connection, opened };
}

async function followed(connection: AgentConnection, what: Followed): Promise<AgentEvent[]> {
  const seen: AgentEvent[] = [];
  const options = { signal, pauseMs: 0, onBreak: () => undefined };
  for await (const event of followTask(connection, what, options)) seen.push(event);
  return seen;
}

const numbers = (events: readonly AgentEvent[]) =>
  events.flatMap(({ kind, seq }) => (kind === 'status' ? [seq] : []));

describe('a followed task', () => {
  it('is seen whole, in order and once, wherever its streams break', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        // the first stream gets as far as its task; later ones may bring nothing, but not eight times
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 7 }),
        async (count, first, breaks) => {
          const { connection } = breaking(count, [first, ...breaks]);
          const seen = await followed(connection, { message });
          expect(numbers(seen)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        },
      ),
    );
  });

  it('goes on behind the event that is named', async () => {
    const { connection, opened } = breaking(5, []);
    expect(numbers(await followed(connection, { taskId: 't', lastEventId: 3 }))).toEqual([4, 5]);
    expect(opened).toEqual([3]);
  });

  it('is given up after eight streams that bring nothing', async () => {
    const { connection, opened } = breaking(5, [2, ...Array.from({ length: 20 }, () => 0)]);
    await expect(followed(connection, { message })).rejects.toThrow('agent a: broken');
    expect(opened).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('is not sent again when the stream breaks before it has a name', async () => {
    const { connection, opened } = breaking(5, [0]);
    await expect(followed(connection, { message })).rejects.toThrow('agent a: broken');
    expect(opened).toEqual([]);
  });

  it('that ended meanwhile is shown as it is', async () => {
    const { connection } = breaking(5, [2]);
    const closed = {
      ...connection,
      follow: () => {
        throw new AgentRefusedError('a', 'UnsupportedOperationError', 'ended');
      },
    };
    const seen = await followed(closed, { message });
    expect(seen.at(-1)).toEqual({ kind: 'task', seq: undefined, task: task('completed') });
  });

  it('that is refused is no more asked for', async () => {
    const { connection } = breaking(5, [2]);
    const denied = {
      ...connection,
      follow: () => {
        throw new AgentRefusedError('a', 'denied', 'no');
      },
    };
    await expect(followed(denied, { message })).rejects.toThrow('refused it: no');
  });

  it('ends where it asks and the stream ends, and goes on where it works', async () => {
    const asking = {
      card: { name: 'a' },
      stream: async function* () {
        yield await Promise.resolve(status(1, 'working'));
        yield status(2, 'input-required');
      },
    } as unknown as AgentConnection;
    expect(numbers(await followed(asking, { message }))).toEqual([1, 2]);
  });

  it('of an agent without numbers shows everything that comes', async () => {
    const events = [status(undefined, 'working'), status(undefined, 'completed')];
    const plain = {
      card: { name: 'a' },
      stream: async function* () {
        yield* await Promise.resolve(events);
      },
    } as unknown as AgentConnection;
    expect(await followed(plain, { message })).toEqual(events);
  });

  it('says why it comes back, and behind what', async () => {
    const { connection } = breaking(4, [3]);
    const told: unknown[] = [];
    const options = {
      signal,
      pauseMs: 0,
      onBreak: (...facts: unknown[]) => void told.push(facts),
    };
    for await (const event of followTask(connection, { message }, options))
      expect(event).toBeDefined();
    expect(told).toEqual([['agent a: broken', 2]]);
  });

  it('is left when the signal aborts', async () => {
    const abort = new AbortController();
    const { connection } = breaking(9, []);
    const work = async (): Promise<void> => {
      const options = { signal: abort.signal, onBreak: () => undefined };
      for await (const event of followTask(connection, { message }, options)) {
        if (event.kind === 'status') abort.abort(new Error('away'));
        if (event.seq === 2) throw new AgentUnreachableError('a', 'broken');
      }
    };
    await expect(work()).rejects.toThrow();
  });
});
