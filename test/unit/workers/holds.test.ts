import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { acquireLock } from '../../../src/host/light/lock.js';
import { ownIdentity } from '../../../src/host/light/process-identity.js';
import { createHolds } from '../../../src/workers/holds.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const never = new AbortController().signal;

describe('what a step holds', () => {
  it('is given to one holder after the other, in the order of asking', async () => {
    const hold = createHolds(await temporaryFolder());
    const order: string[] = [];
    const first = await hold({ names: ['lane'], holder: 'a', signal: never });
    const later = ['b', 'c'].map(async (holder) => {
      const letGo = await hold({ names: ['lane'], holder, signal: never });
      order.push(holder);
      letGo();
    });
    order.push('a lets go');
    first();
    await Promise.all(later);
    expect(order).toEqual(['a lets go', 'b', 'c']);
  });

  it('is shared by calls of one holder', async () => {
    const hold = createHolds(await temporaryFolder());
    const first = await hold({ names: ['lane'], holder: 'a', signal: never });
    const second = await hold({ names: ['lane'], holder: 'a', signal: never });
    let isIn = false;
    const other = hold({ names: ['lane'], holder: 'b', signal: never }).then((letGo) => {
      isIn = true;
      letGo();
    });
    first();
    await Promise.resolve();
    expect(isIn).toBe(false);
    second();
    await other;
    expect(isIn).toBe(true);
  });

  it('never makes two wait for each other that want the same names', async () => {
    const hold = createHolds(await temporaryFolder());
    const work = async (holder: string, names: string[]): Promise<void> => {
      const letGo = await hold({ names, holder, signal: never });
      await Promise.resolve();
      letGo();
    };
    await Promise.all([work('a', ['x', 'y']), work('b', ['y', 'x']), work('c', ['x', 'x'])]);
  });

  it('is not waited for longer than the work itself lives', async () => {
    const hold = createHolds(await temporaryFolder());
    const letGo = await hold({ names: ['lane'], holder: 'a', signal: never });
    const stop = new AbortController();
    const waiting = hold({ names: ['lane'], holder: 'b', signal: stop.signal });
    stop.abort(new Error('PAUSED'));
    await expect(waiting).rejects.toThrow('PAUSED');
    letGo();
    (await hold({ names: ['lane'], holder: 'c', signal: never }))();
  });

  it('keeps another process of this home out, and follows one that died', async () => {
    const folder = await temporaryFolder();
    const other = { ...ownIdentity(), pid: 1 };
    let isAlive = true;
    const acquire = (place: string) => {
      const attempt = acquireLock(place, { isAlive: (identity) => identity.pid !== 1 || isAlive });
      return 'lock' in attempt ? attempt.lock : null;
    };
    const seen: boolean[] = [];
    const hold = createHolds(folder, {
      acquire: (path) => {
        const lock = acquire(path);
        seen.push(lock !== null);
        return lock;
      },
    });
    const names = ['lane'];
    // what the other process would have written
    let place = '';
    const probe = createHolds(folder, {
      acquire: (path) => {
        place = path;
        return { release: () => undefined };
      },
    });
    (await probe({ names, holder: 'probe', signal: never }))();
    expect(place.startsWith(join(folder, '/'))).toBe(true);
    expect(acquireLock(place, { owner: other, isAlive: () => true })).toHaveProperty('lock');
    const waiting = hold({ names, holder: 'a', signal: never });
    await vi.waitFor(() => expect(seen).toContain(false));
    isAlive = false;
    (await waiting)();
  });
});
