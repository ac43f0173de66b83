import type { CallToolResult, JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liftTask, taskOf } from '../../../../src/tools/mcp/tasks/server-task.js';
import { withTasks } from '../../../../src/tools/mcp/tasks/task-transport.js';

/** A transport with private parts, as the library's own have them. */
class Channel implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  readonly pid = null;
  #sent: JSONRPCMessage[] = [];
  get sent(): readonly JSONRPCMessage[] {
    return this.#sent;
  }
  start = (): Promise<void> => Promise.resolve();
  send(message: JSONRPCMessage): Promise<void> {
    this.#sent.push(message);
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.onclose?.();
    return Promise.resolve();
  }
}

const answer = (result: object): JSONRPCMessage =>
  ({ jsonrpc: '2.0', id: 1, result }) as JSONRPCMessage;
const task = { resultType: 'task', taskId: 't', status: 'working', statusMessage: 'a\u001b[31mb' };

describe('a transport with tasks', () => {
  it('hands a task on as a part of a result, and everything else as it came', () => {
    const channel = new Channel();
    const seen: unknown[] = [];
    withTasks(channel).onmessage = (message) => void seen.push(message);
    const others = [
      answer({ resultType: 'complete', content: [] }),
      { jsonrpc: '2.0' as const, method: 'notifications/message' },
      answer({ tools: [] }),
    ];
    for (const message of [...others, answer(task)]) channel.onmessage?.(message);
    expect(seen.slice(0, -1)).toEqual(others);
    const { result } = seen.at(-1) as { result: CallToolResult };
    expect(result).toMatchObject({ resultType: 'complete', content: [] });
    expect(taskOf(result)).toEqual({ taskId: 't', pollMs: undefined, status: 'a\\x1b[31mb' });
  });

  it('is the channel itself in all other respects', async () => {
    const channel = new Channel();
    const lifted = withTasks(channel);
    let isClosed = false;
    lifted.onclose = () => {
      isClosed = true;
    };
    await lifted.start();
    await lifted.send(answer({}));
    await lifted.close();
    expect([channel.sent, lifted.sent, isClosed, lifted.pid]).toEqual([
      [answer({})],
      [answer({})],
      true,
      null,
    ]);
  });
});

describe('what a server says of a task', () => {
  it.each([
    [{ ...task, taskId: '' }],
    [{ ...task, taskId: 'x'.repeat(1001) }],
    [{ ...task, taskId: 'a\r\nheader: b' }],
    [{ ...task, status: 'dancing' }],
    [{ resultType: 'task', task: { taskId: 't', status: 'working' } }],
  ])('is refused where it is no task: %j', (given) => {
    const { result } = liftTask(answer(given)) as { result: CallToolResult };
    expect(() => taskOf(result)).toThrow(/taskId|status/);
  });

  it('keeps only pauses that are numbers', () => {
    const pauseOf = (more: object) => {
      const { result } = liftTask(answer({ ...task, ...more })) as { result: CallToolResult };
      return taskOf(result)?.pollMs;
    };
    expect(pauseOf({ pollIntervalMs: 5, pollInterval: 7 })).toBe(5);
    expect(pauseOf({ pollInterval: 7 })).toBe(7);
    expect(() => pauseOf({ pollInterval: 'often' })).toThrow(/pollInterval/);
  });

  it('never breaks on anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => liftTask(value)).not.toThrow();
      }),
    );
  });
});
