import type { RunRecord, StoryRecord } from '../run/ralph-run.js';

/** How much a swarm gained by working side by side; times in milliseconds. */
export interface SwarmStats {
  readonly subagentsSpawned: number;
  readonly subagentsCompleted: number;
  readonly subagentsFailed: number;
  readonly executionTimeMs: number;
  /** What the same work takes one after the other: the sum of what each subtask took. */
  readonly sequentialTimeEstimateMs: number;
  /** Longest chain of subtasks that wait for each other, by the time they took. */
  readonly criticalPathMs: number;
  /** Subtasks on that chain. */
  readonly criticalPathLength: number;
  readonly speedupFactor: number;
  /** Most that worked at once. */
  readonly peak: number;
}

const workedMs = ({ attempts }: StoryRecord): number =>
  attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** The figures of a swarm's record, also of one that is still open. Pure. */
export function swarmStats(record: RunRecord, now: Date): SwarmStats {
  const { stories } = record;
  const end = record.endedAt === null ? now.getTime() : Date.parse(record.endedAt);
  const executionTimeMs = Math.max(0, end - Date.parse(record.startedAt));
  const sequentialTimeEstimateMs = stories.reduce((sum, entry) => sum + workedMs(entry), 0);
  const attempts = stories.flatMap((entry) => entry.attempts);
  const { ms, length } = criticalPath(stories);
  return {
    subagentsSpawned: attempts.length,
    subagentsCompleted: stories.filter(({ status }) => DONE.has(status)).length,
    subagentsFailed: stories.filter(({ status }) => status === 'failed' || status === 'blocked')
      .length,
    executionTimeMs,
    sequentialTimeEstimateMs,
    criticalPathMs: ms,
    criticalPathLength: length,
    speedupFactor:
      executionTimeMs === 0
        ? 1
        : Math.round((sequentialTimeEstimateMs / executionTimeMs) * 100) / 100,
    peak: record.swarm?.peak ?? 0,
  };
}

const DONE: ReadonlySet<StoryRecord['status']> = new Set([
  'passed',
  'unverified',
  'already_satisfied',
]);

interface Chain {
  readonly ms: number;
  readonly length: number;
}

function criticalPath(stories: readonly StoryRecord[]): Chain {
  const chains = new Map<string, Chain>();
  const open = new Map(stories.map((entry) => [entry.story.id, entry]));
  const ended = stories.filter(({ attempts }) => attempts.length > 0).length;
  while (open.size > 0) {
    const before = open.size;
    for (const [id, entry] of open) {
      if (entry.story.dependsOn.some((dependency) => open.has(dependency))) continue;
      chains.set(id, longest(entry, chains));
      open.delete(id);
    }
    if (open.size === before) break;
  }
  if (ended === 0) return { ms: 0, length: 0 };
  return [...chains.values()].reduce((best, chain) => (chain.ms > best.ms ? chain : best), {
    ms: 0,
    length: 0,
  });
}

function longest(entry: StoryRecord, chains: ReadonlyMap<string, Chain>): Chain {
  const own = workedMs(entry);
  let before: Chain = { ms: 0, length: 0 };
  for (const dependency of entry.story.dependsOn) {
    const chain = chains.get(dependency);
    if (chain !== undefined && chain.ms >= before.ms) before = chain;
  }
  return { ms: own + before.ms, length: 1 + before.length };
}
