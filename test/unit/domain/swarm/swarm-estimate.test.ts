import { describe, expect, it } from 'vitest';
import {
  estimateWords,
  estimateWork,
  needsYes,
} from '../../../../src/domain/swarm/swarm-estimate.js';

const WORK = { subtasks: 10, verify: 2, maxTurns: 100, isTable: false };

describe('what a swarm may cost', () => {
  it('is a range over its agents and judges, with the joined answer', () => {
    expect(estimateWork(WORK, { input: 1, output: 10 })).toEqual({
      agents: 12,
      calls: [25, 241],
      tokens: [53_750, 3_084_800],
      usd: [0.0875, 4.82],
    });
  });

  it('knows that a row is one question, that one agent joins nothing, and how many turns there are', () => {
    expect(estimateWork({ ...WORK, verify: 0, isTable: true }, null)).toMatchObject({
      calls: [10, 20],
      usd: null,
    });
    const one = { subtasks: 1, verify: 0, maxTurns: 5, isTable: false };
    expect(estimateWork(one, null).calls).toEqual([2, 5]);
  });

  it('has to be agreed to above a number of agents, or of dollars where the price is known', () => {
    const known = estimateWork(WORK, { input: 1, output: 10 });
    const unknown = estimateWork(WORK, null);
    const asks = (agents: number, usd: number | null) => [
      needsYes(known, { agents, usd }),
      needsYes(unknown, { agents, usd }),
    ];
    expect([asks(11, null), asks(12, null), asks(25, 4.81), asks(25, 4.83)]).toEqual([
      [true, true],
      [false, false],
      [true, false],
      [false, false],
    ]);
    expect([
      estimateWords(known),
      estimateWords(estimateWork({ ...WORK, subtasks: 1, verify: 0 }, null)),
    ]).toEqual([
      '12 agents would make 25 to 241 model calls for $0.09 to $4.82',
      '1 agent would make 2 to 20 model calls at a price that nobody knows',
    ]);
  });
});
