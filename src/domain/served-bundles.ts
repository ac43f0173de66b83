import { z } from 'zod';

/** A task queue whose open workflows were started by another bundle than the newest, and still need it. */
const olderQueueSchema = z.object({
  generation: z.number().int().positive(),
  /** SHA-256 of the workflow bundle that serves the queue. */
  digest: z.string(),
  /** Why nobody can serve it now, in words; null while it is served. */
  problem: z.string().nullable().default(null),
});

/** Which workflow bundle serves which generation of the host's task queue. */
export const servedBundlesSchema = z.object({
  version: z.literal(1),
  /** SHA-256 of the bundle that new runs get. */
  digest: z.string(),
  /** Queue generation on which new runs start; 1 has no suffix. */
  generation: z.number().int().positive(),
  older: z.array(olderQueueSchema).default([]),
});

/** See {@link servedBundlesSchema}. */
export type ServedBundles = z.infer<typeof servedBundlesSchema>;

/** A queue of {@link ServedBundles}. */
export type ServedQueue = z.infer<typeof olderQueueSchema>;

/** What was found on one queue: nothing open, or whether everything open replays against the new bundle. */
export type QueueFinding = 'empty' | 'replays' | 'differs';

/** All queues of a host, the one for new runs first. */
export function servedQueues(served: ServedBundles): ServedQueue[] {
  const { digest, generation, older } = served;
  return [{ generation, digest, problem: null }, ...older];
}

/**
 * Who serves what once the bundle `digest` is there. Queues whose open workflows replay against it are served by it from now
 * on; a queue with one that does not keeps the bundle it has, and new runs start on another generation. Generations are
 * never used twice. `findings` has an entry for every queue that another bundle serves.
 */
export function planServedBundles(
  before: ServedBundles,
  digest: string,
  findings: ReadonlyMap<number, QueueFinding>,
): ServedBundles {
  const queues = servedQueues(before);
  const findingOf = (queue: ServedQueue): QueueFinding =>
    findings.get(queue.generation) ?? (queue.digest === digest ? 'replays' : 'differs');
  const kept = queues.filter((queue) => findingOf(queue) === 'differs');
  const taken = queues.filter((queue) => findingOf(queue) === 'replays');
  const highest = Math.max(...queues.map(({ generation }) => generation));
  const isFree = queues.some(
    (queue) => queue.generation === highest && findingOf(queue) !== 'differs',
  );
  const generation = isFree ? highest : highest + 1;
  const others = taken
    .filter((queue) => queue.generation !== generation)
    .map((queue) => ({ ...queue, digest, problem: null }));
  return { version: 1, digest, generation, older: [...kept, ...others] };
}
