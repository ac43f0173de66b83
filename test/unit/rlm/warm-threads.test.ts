import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WarmThreads } from '../../../src/rlm/warm-threads.js';

class Engine {
  isClosed = false;
  closed = 0;
  close(): Promise<void> {
    this.isClosed = true;
    this.closed += 1;
    return Promise.resolve();
  }
}

function setup(most = 2) {
  const made: Engine[] = [];
  const threads = new WarmThreads<Engine>(most);
  /** Opens one, and leaves it where `next` leads; null = in the middle of a step. */
  const open = async (name: string, journal: string, next: string | null = journal) => {
    const { kept, isNew } = await threads.open(name, journal, () => {
      const engine = new Engine();
      made.push(engine);
      return Promise.resolve(engine);
    });
    kept.journal = next ?? undefined;
    return { engine: kept.engine, isNew };
  };
  return { threads, made, open };
}

describe('engines that are kept warm', () => {
  it('go on where their journal has led them, and are made again where it has not', async () => {
    const { open, made } = setup();
    expect((await open('a', '', '1')).isNew).toBe(true);
    expect((await open('a', '1', '2')).isNew).toBe(false);
    const other = await open('a', '1', '2');
    expect([other.isNew, made.length, made[0]?.isClosed]).toEqual([true, 2, true]);
  });

  it('are made again where a step was lost in the middle, or the thread has ended', async () => {
    const { open, made, threads } = setup();
    await open('a', '', null);
    expect((await open('a', '')).isNew).toBe(true);
    await made[1]?.close();
    expect(threads.peek('a')).toBeUndefined();
    expect((await open('a', '')).isNew).toBe(true);
  });

  it('are as many as may be kept; the one that was used longest ago is given up', async () => {
    const { open, made } = setup(2);
    await open('a', '');
    await open('b', '');
    await open('a', '');
    await open('c', '');
    expect(made.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
    expect([(await open('a', '')).isNew, (await open('b', '')).isNew]).toEqual([false, true]);
  });

  it('that work are never given up, however many there are', async () => {
    const { open, made } = setup(1);
    for (const name of ['a', 'b', 'c']) await open(name, '', null);
    expect(made.some(({ isClosed }) => isClosed)).toBe(false);
  });

  it('are looked at by name, closed by name, and forgotten where they have ended', async () => {
    const { open, threads, made } = setup();
    const { engine } = await open('a', '');
    expect([threads.peek('a'), threads.peek('b')]).toEqual([engine, undefined]);
    await threads.close('a');
    await threads.close('a');
    expect([engine.closed, threads.peek('a')]).toEqual([1, undefined]);
    await open('a', '');
    threads.forget('a');
    expect([made[1]?.closed, (await open('a', '')).isNew]).toEqual([0, true]);
  });

  it('that cannot be made leave nothing behind', async () => {
    const { threads, open } = setup();
    await expect(
      threads.open('a', '', () => Promise.reject(new Error('no memory'))),
    ).rejects.toThrow('no memory');
    expect((await open('a', '')).isNew).toBe(true);
  });

  it('are never more than may be kept, and never two of a name, whatever is asked', async () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(names, fc.boolean()), { maxLength: 40 }),
        async (asked) => {
          const { open, made, threads } = setup(3);
          for (const [name, isClosing] of asked) {
            if (isClosing) await threads.close(name);
            else await open(name, '');
            expect(made.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(3);
          }
          expect(made.every(({ closed }) => closed <= 1)).toBe(true);
        },
      ),
    );
  });
});
