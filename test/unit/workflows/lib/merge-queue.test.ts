import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergeQueue } from '../../../../src/workflows/lib/merge-queue.js';

interface Work {
  readonly id: string;
  readonly base: string;
  /** Conflicts with whatever landed since; `resolved` says whether somebody can put it together. */
  readonly conflicts: boolean;
  readonly resolvable: boolean;
  readonly fails: boolean;
}

type Landing = { readonly kind: 'landed' | 'open'; readonly id: string };

/** A queue over a list of commits; remembers who was in it at once. */
function queueOver(log: string[]) {
  let head = 'base';
  let inside = 0;
  let most = 0;
  const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    try {
      return await work();
    } finally {
      inside -= 1;
    }
  };
  const land = (work: Work): Landing => {
    head = `${head}+${work.id}`;
    log.push(work.id);
    return { kind: 'landed', id: work.id };
  };
  const queue = new MergeQueue<Work, string, Landing>({
    head: () => head,
    base: (work) => work.base,
    commit: (work) =>
      alone(async () => {
        if (work.fails) throw new Error(work.id);
        return land(work);
      }),
    merge: (work, onto) =>
      alone(async () =>
        work.conflicts ? { kind: 'conflict' as const, conflict: work.id, head: onto } : land(work),
      ),
    // somebody else works meanwhile: the queue must not wait for it
    resolve: async (work, _conflict, onto) => {
      await new Promise((resolve) => setImmediate(resolve));
      return {
        isResolved: work.resolvable,
        candidate: { ...work, base: onto, conflicts: false },
      };
    },
    giveUp: async (work) => ({ kind: 'open', id: work.id }),
  });
  return { queue, most: () => most, head: () => head };
}

const work = (id: string, fields: Partial<Work> = {}): Work => ({
  id,
  base: 'base',
  conflicts: false,
  resolvable: true,
  fails: false,
  ...fields,
});

describe('MergeQueue', () => {
  it('lands on the head as it is, and merges what started earlier', async () => {
    const log: string[] = [];
    const { queue, head } = queueOver(log);
    expect(await Promise.all([queue.land(work('a')), queue.land(work('b'))])).toEqual([
      { kind: 'landed', id: 'a' },
      { kind: 'landed', id: 'b' },
    ]);
    expect(head()).toBe('base+a+b');
  });

  it('lets the others land while a conflict is resolved', async () => {
    const log: string[] = [];
    const { queue } = queueOver(log);
    await Promise.all([
      queue.land(work('a')),
      queue.land(work('b', { conflicts: true })),
      queue.land(work('c')),
    ]);
    expect(log).toEqual(['a', 'c', 'b']);
  });

  it('gives up what nobody resolves, and goes on after a fault', async () => {
    const log: string[] = [];
    const { queue } = queueOver(log);
    const ends = await Promise.allSettled([
      queue.land(work('a', { fails: true })),
      queue.land(work('b')),
      queue.land(work('c', { conflicts: true, resolvable: false })),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(log).toEqual(['b']);
  });

  it('lands each piece of work at most once, one at a time, whatever comes in whatever order', async () => {
    const piece = fc.record({
      conflicts: fc.boolean(),
      resolvable: fc.boolean(),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const log: string[] = [];
        const { queue, most, head } = queueOver(log);
        const ends = await Promise.allSettled(
          pieces.map((fields, index) => queue.land(work(`w${index}`, fields))),
        );
        expect(ends).toHaveLength(pieces.length);
        expect(new Set(log).size).toBe(log.length);
        expect(most()).toBeLessThanOrEqual(1);
        expect(head()).toBe(['base', ...log].join('+'));
        const landed = ends.filter(
          (end) => end.status === 'fulfilled' && end.value.kind === 'landed',
        );
        expect(landed).toHaveLength(log.length);
      }),
      { numRuns: 50 },
    );
  });
});
