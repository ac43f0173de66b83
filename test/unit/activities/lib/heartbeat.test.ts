import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startHeartbeat, type Heartbeat } from '../../../../src/activities/lib/heartbeat.js';

const KEY = `sk-ant-api03-${'a1B2'.repeat(20)}`;

/** What an activity beats that does `work`, under a clock that the test drives. */
async function beats(
  work: (heartbeat: Heartbeat) => void,
  info: { readonly isLocal?: boolean } = {},
): Promise<unknown[]> {
  const toFake = ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;
  vi.useFakeTimers({ toFake: [...toFake], now: 1_000_000 });
  const environment = new MockActivityEnvironment(info);
  const seen: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => seen.push(details));
  await environment.run(async () => {
    const heartbeat = startHeartbeat();
    work(heartbeat);
    heartbeat.stop();
    vi.advanceTimersByTime(60_000);
  });
  return seen;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the heartbeat of an activity', () => {
  it('comes every five seconds with the last details, and no more after its end', async () => {
    const seen = await beats((heartbeat) => {
      vi.advanceTimersByTime(5000);
      heartbeat.progress({ check: 'test' });
      vi.advanceTimersByTime(10_000);
    });
    expect(seen).toEqual([{}, { check: 'test' }, { check: 'test' }]);
  });

  it('comes on progress, but at most every second, and not in the first', async () => {
    const seen = await beats((heartbeat) => {
      for (let at = 0; at < 25; at += 1) {
        heartbeat.progress({ at });
        vi.advanceTimersByTime(100);
      }
    });
    expect(seen).toEqual([{ at: 9 }, { at: 20 }]);
  });

  it('does not come from what ends within a second', async () => {
    const seen = await beats((heartbeat) => {
      heartbeat.progress({ at: 0 });
      vi.advanceTimersByTime(999);
    });
    expect(seen).toEqual([]);
  });

  it('carries no key', async () => {
    const seen = await beats((heartbeat) => {
      heartbeat.progress({ text: `got ${KEY}` });
      vi.advanceTimersByTime(1000);
    });
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain(KEY);
  });

  it('is silent in a local activity, which cannot send any', async () => {
    const seen = await beats(
      (heartbeat) => {
        heartbeat.progress({ at: 1 });
        vi.advanceTimersByTime(20_000);
      },
      { isLocal: true },
    );
    expect(seen).toEqual([]);
  });
});
