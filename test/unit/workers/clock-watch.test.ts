import { describe, expect, it, vi } from 'vitest';
import {
  compareClocks,
  watchClocks,
  type ClockEvent,
  type Clocks,
} from '../../../src/workers/clock-watch.js';

const start: Clocks = { wall: 1_000_000, awake: 5000, boot: 9000 };
const after = (wall: number, awake: number, boot: number): Clocks => ({
  wall: start.wall + wall,
  awake: start.awake + awake,
  boot: start.boot + boot,
});

describe('compareClocks', () => {
  it('sees nothing in an ordinary second, nor on a busy machine', () => {
    expect(compareClocks(start, after(1000, 1000, 1000))).toEqual([]);
    expect(compareClocks(start, after(4000, 4000, 4000))).toEqual([]);
  });

  it('tells sleep, a stopped process and a clock that was set apart', () => {
    expect(compareClocks(start, after(601_000, 1000, 601_000))).toEqual([
      { kind: 'slept', gapMs: 600_000 },
    ]);
    expect(compareClocks(start, after(21_000, 21_000, 21_000))).toEqual([
      { kind: 'stopped', gapMs: 20_000 },
    ]);
    expect(compareClocks(start, after(-3_599_000, 1000, 1000))).toEqual([
      { kind: 'clock-set', byMs: -3_600_000 },
    ]);
  });

  it('takes the awake clock where the system has none that runs in sleep', () => {
    expect(compareClocks(start, after(1000, 1000, 0))).toEqual([]);
  });
});

describe('watchClocks', () => {
  it('tells once of each event, until it is ended', () => {
    vi.useFakeTimers();
    try {
      let now = start;
      const events: ClockEvent[] = [];
      const end = watchClocks(
        (event) => events.push(event),
        () => now,
      );
      now = after(601_000, 1000, 601_000);
      vi.advanceTimersByTime(3000);
      expect(events).toEqual([{ kind: 'slept', gapMs: 600_000 }]);
      end();
      now = after(9e6, 2000, 9e6);
      vi.advanceTimersByTime(3000);
      expect(events).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
