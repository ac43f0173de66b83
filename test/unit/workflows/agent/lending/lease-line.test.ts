import { describe, expect, it } from 'vitest';
import { NO_BUDGET, type Budget } from '../../../../../src/domain/run/budget.js';
import { LeaseLine } from '../../../../../src/workflows/agent/lending/lease-line.js';

const need = (calls: number) => ({ costMicroUsd: 0, tokens: 0, calls });

function lineOf(left: number) {
  const state = { left, canWait: false, isGone: false };
  const log: string[] = [];
  const line = new LeaseLine({
    left: (): Budget => ({ ...NO_BUDGET, calls: state.left }),
    send: async ({ needed, canWait }) => {
      log.push(`asks for ${needed.calls}${canWait === true ? ', can wait' : ''}`);
      if (state.isGone) throw new Error('no such workflow');
    },
    give: (holder, needed) => {
      state.left -= needed.calls;
      log.push(`${holder} gets ${needed.calls}`);
    },
    canWait: () => state.canWait,
  });
  return { line, state, log };
}

describe('those who wait for more of one budget', () => {
  it('are served from what is left, and the owner is asked for one at a time', () => {
    const { line, state, log } = lineOf(2);
    line.request('a', { needed: need(2) });
    line.request('b', { needed: need(3) });
    line.request('c', { needed: need(4) });
    expect(log).toEqual(['a gets 2', 'asks for 3']);
    state.left = 3;
    line.granted();
    expect(log.slice(2)).toEqual(['b gets 3', 'asks for 4']);
  });

  it('stand behind the agent itself until it has what it asked for', async () => {
    const { line, state, log } = lineOf(0);
    await line.ask(need(1));
    line.request('b', { needed: need(1) });
    state.left = 1;
    line.granted();
    expect([log, line.isStuck(), line.isStuck('b')]).toEqual([['asks for 1'], true, true]);
    line.fed();
    state.left = 5;
    line.settled();
    expect([log, line.isStuck()]).toEqual([['asks for 1', 'b gets 1'], false]);
  });

  it('tell the owner when nobody works any more, and when somebody does again', () => {
    const { line, state, log } = lineOf(0);
    state.canWait = true;
    line.request('a', { needed: need(1) });
    line.look();
    state.canWait = false;
    line.look();
    // what it needs has come back by itself: the owner need not stop its run for it
    state.left = 1;
    line.look();
    expect(log).toEqual(['asks for 1, can wait', 'asks for 1', 'a gets 1', 'asks for 1, can wait']);
  });

  it('are told when whoever grants is gone; those whom the agent started end with it', async () => {
    const { line, state } = lineOf(0);
    state.isGone = true;
    line.request('a', { needed: need(1) });
    line.leave('a');
    const other = lineOf(0);
    other.state.isGone = true;
    await expect(other.line.ask(need(1))).rejects.toThrow('no such workflow');
  });
});
