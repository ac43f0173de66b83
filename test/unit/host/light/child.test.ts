import { describe, expect, it } from 'vitest';
import { restartPauseMs } from '../../../../src/host/light/child.js';

describe('restartPauseMs', () => {
  it('starts at once after the first death', () => {
    expect([restartPauseMs(1, false), restartPauseMs(1, true)]).toEqual([0, 0]);
  });

  it('grows to 15 s for a service that never came up', () => {
    expect([2, 3, 4, 7, 20].map((failures) => restartPauseMs(failures, false))).toEqual([
      250, 500, 1000, 8000, 15_000,
    ]);
  });

  it('stays short for a service that ran, until its deaths are many', () => {
    expect([2, 3, 10, 30, 31].map((failures) => restartPauseMs(failures, true))).toEqual([
      250, 500, 500, 500, 15_000,
    ]);
  });
});
