import { describe, expect, it } from 'vitest';
import { noteSpending } from '../../../../src/activities/model/note-spending.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import type { SpentCall } from '../../../../src/domain/run/spent-call.js';

const USAGE = { ...ZERO_USAGE, inputTokens: 7 };
const COST = { turns: 1, modelCalls: 1, usage: USAGE, costMicroUsd: 9, repeatedCalls: 2 };
const INPUT = { key: { scope: 'a', step: 3, index: 1 }, runId: 'run-1' };

describe('noteSpending', () => {
  it('notes what a call of a story cost, under its step key', () => {
    const noted: [string, SpentCall][] = [];
    noteSpending(
      (runId, call) => noted.push([runId, call]),
      { ...INPUT, story: 'US-1', attempt: 2 },
      COST,
    );
    const spending = {
      turns: 1,
      modelCalls: 1,
      repeatedModelCalls: 2,
      usage: USAGE,
      costMicroUsd: 9,
    };
    expect(noted).toEqual([['run-1', { key: 'a#3.1', story: 'US-1', attempt: 2, spending }]]);
  });

  it.each([{}, { story: 'US-1' }, { attempt: 1 }])(
    'notes nothing of a call with only %j',
    (more) => {
      const noted: unknown[] = [];
      noteSpending((...call) => noted.push(call), { ...INPUT, ...more }, COST);
      expect(noted).toEqual([]);
    },
  );

  it('is no failure of the call when nobody listens, or the note cannot be written', () => {
    const input = { ...INPUT, story: 'US-1', attempt: 1 };
    let tries = 0;
    const full = (): never => {
      tries += 1;
      throw new Error('disk full');
    };
    expect(() => noteSpending(undefined, input, COST)).not.toThrow();
    expect(() => noteSpending(full, input, COST)).not.toThrow();
    expect(tries).toBe(1);
  });
});
