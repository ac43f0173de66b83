import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  planServedBundles,
  servedQueues,
  type QueueFinding,
  type ServedBundles,
} from '../../../src/domain/served-bundles.js';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const before: ServedBundles = { version: 1, digest: OLD, generation: 1, older: [] };

const plan = (finding: QueueFinding) => planServedBundles(before, NEW, new Map([[1, finding]]));

describe('planServedBundles', () => {
  it('switches a queue with nothing open, or with what replays, in place', () => {
    const switched = { version: 1, digest: NEW, generation: 1, older: [] };
    expect(plan('empty')).toEqual(switched);
    expect(plan('replays')).toEqual(switched);
  });

  it('keeps the older bundle for what does not replay, and opens a queue for new runs', () => {
    expect(plan('differs')).toEqual({
      version: 1,
      digest: NEW,
      generation: 2,
      older: [{ generation: 1, digest: OLD, problem: null }],
    });
  });

  it('takes over an older queue by a build under which its runs replay again', () => {
    const served = planServedBundles(plan('differs'), OLD, new Map([[2, 'replays' as const]]));
    expect(served).toEqual({
      version: 1,
      digest: OLD,
      generation: 2,
      older: [{ generation: 1, digest: OLD, problem: null }],
    });
  });

  it('leaves no queue with open runs without a bundle, and never uses a generation twice', () => {
    const finding = fc.constantFrom<QueueFinding>('empty', 'replays', 'differs');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('c', 'd', 'e', 'f'), finding)), (upgrades) => {
        let served = before;
        for (const [digest, found] of upgrades) {
          const queues = servedQueues(served);
          const findings = new Map(
            queues
              .filter((queue) => queue.digest !== digest)
              .map((queue) => [queue.generation, found]),
          );
          const next = planServedBundles(served, digest, findings);
          const after = servedQueues(next);
          expect(next.digest).toBe(digest);
          expect(next.generation).toBe(Math.max(...after.map((queue) => queue.generation)));
          expect(next.generation).toBeGreaterThanOrEqual(served.generation);
          expect(new Set(after.map((queue) => queue.generation)).size).toBe(after.length);
          for (const queue of queues.filter(
            ({ generation }) => findings.get(generation) !== 'empty',
          )) {
            const entry = after.find(({ generation }) => generation === queue.generation);
            const isKept = findings.get(queue.generation) === 'differs';
            expect(entry?.digest).toBe(isKept ? queue.digest : digest);
          }
          served = next;
        }
      }),
    );
  });
});
