import { describe, expect, it, vi } from 'vitest';
import { wakeStreams, guardStream } from '../../../../src/providers/wires/watchdog.js';

const LIMITS = { firstTokenMs: 240_000, betweenChunksMs: 120_000 };

function guards(count: number) {
  const control = { signal: new AbortController().signal };
  return Array.from({ length: count }, () => guardStream(control, LIMITS));
}

describe('after the machine slept', () => {
  it('a stream that shows no byte ends, and one that does goes on with its usual limit', () => {
    vi.useFakeTimers();
    try {
      const [dead, alive] = guards(2);
      if (dead === undefined || alive === undefined) throw new Error('no guards');
      for (const guard of [dead, alive]) guard.chunk('text', 1);
      expect(wakeStreams(30_000)).toBe(2);
      vi.advanceTimersByTime(20_000);
      alive.chunk('text', 1);
      vi.advanceTimersByTime(20_000);
      expect(() => dead.check()).toThrow(/nothing for 30 s/);
      vi.advanceTimersByTime(90_000);
      expect(() => alive.check()).not.toThrow();
      vi.advanceTimersByTime(30_000);
      expect(() => alive.check()).toThrow(/nothing for 120 s/);
      for (const guard of [dead, alive]) guard.stop();
      expect(wakeStreams(30_000)).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what an answer says', () => {
  it('is told as it comes, and nothing where a piece brings no text', () => {
    const told: string[] = [];
    const control = {
      signal: new AbortController().signal,
      onText: (text: string) => told.push(text),
    };
    const guard = guardStream(control, LIMITS);
    guard.chunk('text', 3, 'one');
    guard.chunk('reasoning', 5);
    guard.chunk('text', 3, 'two');
    guard.stop();
    expect(told).toEqual(['one', 'two']);
  });
});
