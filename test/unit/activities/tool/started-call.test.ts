import { describe, expect, it } from 'vitest';
import { createRunningCalls, startCall } from '../../../../src/activities/tool/started-call.js';
import type { CallSurroundings } from '../../../../src/activities/tool/tool-call-executor.js';
import type { ToolResult } from '../../../../src/domain/agent/tool-call.js';

const RESULT = { callId: 'c' } as ToolResult;

/** A call that is ended by its signal or by `finish`. */
function openExecution() {
  let settle: { resolve: (result: ToolResult) => void; reject: (reason: Error) => void };
  const ended = new Promise<ToolResult>((resolve, reject) => {
    settle = { resolve, reject };
  });
  let heartbeat: CallSurroundings['heartbeat'] = () => undefined;
  const execute = (surroundings: CallSurroundings): Promise<ToolResult> => {
    heartbeat = surroundings.heartbeat;
    surroundings.signal.addEventListener('abort', () =>
      settle.reject(surroundings.signal.reason as Error),
    );
    return ended;
  };
  const finish = (): void => {
    heartbeat({ outputBytes: 1 });
    settle.resolve(RESULT);
  };
  return { execute, finish, ended };
}

function openCall() {
  const { execute, finish } = openExecution();
  return { call: startCall(execute), finish };
}

describe('a started call', () => {
  it('gives its result to who waits long enough', async () => {
    const { call, finish } = openCall();
    finish();
    expect(await call.within(1000)).toBe(RESULT);
  });

  it('goes on when patience ends, and is finished under other surroundings', async () => {
    const { call, finish } = openCall();
    expect(await call.within(1)).toBeNull();
    const heard: unknown[] = [];
    const ended = call.finish({
      signal: new AbortController().signal,
      heartbeat: (details) => heard.push(details),
    });
    finish();
    expect(await ended).toBe(RESULT);
    expect(heard).toEqual([{ outputBytes: 1 }]);
  });

  it('ends with the reason of who waits for it, also of one that was cancelled before', async () => {
    const later = new AbortController();
    const ended = openCall().call.finish({ signal: later.signal, heartbeat: () => undefined });
    later.abort(new Error('cancelled'));
    await expect(ended).rejects.toThrow('cancelled');
    const before = AbortSignal.abort(new Error('cancelled before'));
    await expect(
      openCall().call.finish({ signal: before, heartbeat: () => undefined }),
    ).rejects.toThrow('cancelled before');
  });
});

const waiter = () => ({ signal: new AbortController().signal, heartbeat: () => undefined });

describe('a call that several wait for', () => {
  it('goes on when one of them leaves, and ends with the last', async () => {
    const { call } = openCall();
    const [first, second] = [new AbortController(), new AbortController()];
    const heartbeat = (): undefined => undefined;
    const one = call.finish({ signal: first.signal, heartbeat });
    const two = call.finish({ signal: second.signal, heartbeat });
    first.abort(new Error('reset'));
    await expect(one).rejects.toThrow('reset');
    expect(call.isStopped).toBe(false);
    second.abort(new Error('cancelled'));
    await expect(two).rejects.toThrow('cancelled');
    expect(call.isStopped).toBe(true);
  });
});

describe('the running calls', () => {
  it('are begun once, however many begin the same step', async () => {
    const running = createRunningCalls();
    let begun = 0;
    const execute = async (): Promise<ToolResult> => {
      begun += 1;
      return RESULT;
    };
    const shares = [running.join('one', execute), running.join('one', execute)];
    expect(running.join('two', execute).call).not.toBe(shares[0]?.call);
    expect(await Promise.all(shares.map(({ call }) => call.finish(waiter())))).toEqual([
      RESULT,
      RESULT,
    ]);
    expect(begun).toBe(2);
  });

  it('are begun anew once they have ended and nobody waits, or were told to end', async () => {
    const running = createRunningCalls();
    const first = running.join('one', async () => RESULT);
    await first.call.finish(waiter());
    first.leave();
    const second = running.join('one', () => new Promise<never>(() => undefined));
    expect(second.call).not.toBe(first.call);
    void running.stop('one');
    expect(running.join('one', async () => RESULT).call).not.toBe(second.call);
  });

  it('stop when nobody comes for them, and not when somebody does', async () => {
    const running = createRunningCalls(20);
    const [left, taken] = [openExecution(), openExecution()];
    running.join('left', left.execute).leave();
    running.join('taken', taken.execute).leave();
    const share = running.join('taken', taken.execute);
    await expect(left.ended).rejects.toThrow('aborted');
    expect(share.call.isOver).toBe(false);
    taken.finish();
    expect(await share.call.within(1000)).toBe(RESULT);
  });

  it('are kept for who comes for their end after it', async () => {
    const running = createRunningCalls();
    const open = openExecution();
    const first = running.join('one', open.execute);
    expect(await first.call.within(1)).toBeNull();
    first.leave();
    open.finish();
    await open.ended;
    const second = running.join('one', () => Promise.reject(new Error('begun twice')));
    expect(await second.call.finish(waiter())).toBe(RESULT);
  });
});
