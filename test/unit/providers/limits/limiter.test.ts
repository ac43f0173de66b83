import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import { createLimiter, type ProviderLimiter } from '../../../../src/providers/limits/limiter.js';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-25T20:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const caller = (name?: string) => ({ signal: new AbortController().signal, caller: name });

function limiter(limits = {}): ProviderLimiter {
  return createLimiter({ provider: 'here', jitter: () => 0.5, ...limits });
}

const limited = (retryAfterMs?: number): ProviderError =>
  new ProviderError('rate_limit', { message: 'slow down', retryAfterMs });

/** What became of an entry so far. */
function follow(door: ProviderLimiter, who = caller()) {
  const state: { leave?: () => void; error?: unknown; at?: number } = {};
  void door.enter(who).then(
    (leave) => Object.assign(state, { leave, at: Date.now() }),
    (error: unknown) => Object.assign(state, { error }),
  );
  return state;
}

const settle = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

const answer = (headers: Record<string, string> = {}, status = 200) => ({
  status,
  headers: new Headers(headers),
});

describe('places', () => {
  it('lets the next one in when one leaves, in the order in which they came', async () => {
    const door = limiter({ maxConcurrent: 1 });
    const [first, second, third] = [follow(door), follow(door), follow(door)];
    await settle();
    expect([first, second, third].map((each) => each.leave !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
    first?.leave?.();
    await settle();
    expect([second?.leave !== undefined, third?.leave !== undefined]).toEqual([true, false]);
  });

  it('sends away who waited 30 s for a place, with a time to come back', async () => {
    const door = limiter({ maxConcurrent: 1 });
    follow(door);
    const second = follow(door);
    await settle(30_000);
    expect(second.error).toMatchObject({ kind: 'rate_limit', retryAfterMs: 10_000 });
  });

  it('begins no more calls in any minute than allowed', async () => {
    const door = limiter({ requestsPerMinute: 2 });
    follow(door);
    await settle(40_000);
    follow(door);
    const third = follow(door);
    await settle(19_999);
    expect(third.leave).toBeUndefined();
    await settle(1);
    expect(third.leave).toBeDefined();
    const fourth = follow(door);
    await settle();
    expect(fourth.error).toMatchObject({ kind: 'rate_limit', retryAfterMs: 40_000 });
  });

  it('frees a waiting place when the call is cancelled', async () => {
    const door = limiter({ maxConcurrent: 1 });
    follow(door);
    const controller = new AbortController();
    const second = follow(door, { signal: controller.signal, caller: undefined });
    await settle();
    controller.abort();
    await settle();
    expect(second.error).toMatchObject({ kind: 'cancelled' });
  });
});

describe('after a rate limit', () => {
  it('everybody waits, then one tries, then the others follow at different moments', async () => {
    const door = limiter();
    door.failed(limited(10_000), caller());
    const entries = [follow(door), follow(door), follow(door)];
    await settle(9_999);
    expect(entries.some((each) => each.leave !== undefined)).toBe(false);
    await settle(1);
    expect(entries.filter((each) => each.leave !== undefined)).toHaveLength(1);
    await settle(5000);
    expect(entries.filter((each) => each.leave !== undefined)).toHaveLength(1);
    door.observe(answer());
    await settle(999);
    expect(entries.filter((each) => each.leave !== undefined)).toHaveLength(1);
    await settle(1);
    expect(entries.filter((each) => each.leave !== undefined)).toHaveLength(3);
  });

  it('a probe that is refused closes the door again', async () => {
    const door = limiter();
    door.failed(limited(2000), caller());
    const [probe, other] = [follow(door), follow(door)];
    await settle(2000);
    door.failed(limited(8000), caller());
    probe?.leave?.();
    await settle(7999);
    expect(other?.leave).toBeUndefined();
    await settle(1);
    expect(other?.leave).toBeDefined();
  });

  it('a probe that breaks lets the next one try', async () => {
    const door = limiter();
    door.failed(limited(2000), caller());
    const [probe, other] = [follow(door), follow(door)];
    await settle(2000);
    door.failed(new ProviderError('network', { message: 'cut' }), caller());
    probe?.leave?.();
    await settle();
    expect(other?.leave).toBeDefined();
  });

  it('pauses grow while the server names no time', async () => {
    const door = limiter();
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      door.failed(limited(), caller());
      const begun = Date.now();
      const entry = follow(door);
      await settle(20_000);
      waits.push((entry.at ?? 0) - begun);
      entry.leave?.();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('a wait of minutes is not held, and says how long', async () => {
    const door = limiter();
    door.failed(limited(600_000), caller());
    const entry = follow(door);
    await settle();
    expect(entry.error).toMatchObject({ kind: 'rate_limit', retryAfterMs: 600_000 });
  });

  it('who was told to wait for minutes and comes back before may try: a person sent it', async () => {
    const door = limiter();
    door.failed(limited(600_000), caller('agent#1'));
    await settle(1000);
    const [stranger, sent] = [follow(door, caller('agent#2')), follow(door, caller('agent#1'))];
    await settle();
    expect(stranger?.error).toBeDefined();
    expect(sent?.leave).toBeDefined();
    door.observe(answer());
    const next = follow(door, caller('agent#3'));
    await settle();
    expect(next.leave).toBeDefined();
  });

  it('the late answer of an earlier call does not open the door', async () => {
    const door = limiter();
    door.failed(limited(5000), caller());
    door.observe(answer());
    const entry = follow(door);
    await settle(4999);
    expect(entry.leave).toBeUndefined();
  });
});

describe('used-up windows', () => {
  it.each([
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2s' }, 62_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-25T20:00:07Z',
      },
      7000,
    ],
    [
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.parse('2026-11-25T20:00:03Z')),
      },
      3000,
    ],
    [{ 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '1m' }, 0],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'soon' }, 0],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6h0m0s' }, 300_000],
  ])('of %j close the door for %i ms', async (headers: Record<string, string>, wait) => {
    const door = limiter();
    door.observe(answer(headers));
    const entry = follow(door);
    await settle();
    if (wait > 30_000) {
      expect(entry.error).toMatchObject({ retryAfterMs: wait });
      return;
    }
    await settle(Math.max(0, wait - 1));
    expect(entry.leave === undefined).toBe(wait > 0);
    await settle(1);
    expect(entry.leave).toBeDefined();
  });
});
