import { describe, expect, it } from 'vitest';
import { createHandovers, startCall } from '../../../../src/activities/tool/started-call.js';
import type { ToolResult } from '../../../../src/domain/agent/tool-call.js';

const RESULT = { callId: 'c' } as ToolResult;

/** A call that is ended by its signal or by `finish`. */
function openCall() {
  let finish: () => void = () => undefined;
  const heard: unknown[] = [];
  const call = startCall(
    ({ signal, heartbeat }) =>
      new Promise<ToolResult>((resolve, reject) => {
        finish = () => {
          heartbeat({ outputBytes: 1 });
          resolve(RESULT);
        };
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  return { call, finish: () => finish(), heard };
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

describe('handovers', () => {
  it('give a call once, to its own step', () => {
    const handovers = createHandovers();
    const { call } = openCall();
    handovers.leave('one', call);
    expect(handovers.take('two')).toBeUndefined();
    expect(handovers.take('one')).toBe(call);
    expect(handovers.take('one')).toBeUndefined();
  });

  it('stop what nobody comes for, and nothing that was taken', async () => {
    const handovers = createHandovers(20);
    const left = openCall();
    const taken = openCall();
    handovers.leave('left', left.call);
    handovers.leave('taken', taken.call);
    handovers.take('taken');
    await expect(
      left.call.finish({ signal: new AbortController().signal, heartbeat: () => undefined }),
    ).rejects.toThrow('aborted');
    taken.finish();
    expect(await taken.call.within(1000)).toBe(RESULT);
    expect(handovers.take('left')).toBeUndefined();
  });
});
