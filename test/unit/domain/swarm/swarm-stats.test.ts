import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { swarmStats } from '../../../../src/domain/swarm/swarm-stats.js';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';

const NOW = new Date('2026-01-02T03:05:05.000Z');
const worked = (
  id: string,
  ms: readonly number[],
  dependsOn: readonly string[] = [],
): StoryRecord =>
  storyRecord(id, {
    status: 'unverified',
    story: story(id, { dependsOn: [...dependsOn] }),
    attempts: ms.map((durationMs, index) => attemptRecord({ number: index + 1, durationMs })),
  });
const of = (stories: StoryRecord[], endedAt: string | null = '2026-01-02T03:04:25.000Z') =>
  swarmStats(runRecord({ kind: 'swarm', stories, endedAt }), NOW);

describe('the figures of a swarm', () => {
  it('are those of a diamond with one failure and two attempts', () => {
    const stories = [
      worked('a', [2000]),
      worked('b', [3000, 7000], ['a']),
      { ...worked('c', [4000], ['a']), status: 'failed' as const },
      { ...worked('d', [], ['b', 'c']), status: 'waiting_on_dependency' as const },
    ];
    expect(of(stories)).toEqual({
      subagentsSpawned: 4,
      subagentsCompleted: 2,
      subagentsFailed: 1,
      executionTimeMs: 20_000,
      sequentialTimeEstimateMs: 16_000,
      criticalPathMs: 12_000,
      criticalPathLength: 2,
      speedupFactor: 0.8,
      peak: 0,
    });
  });

  it('of one that is open are as of now, and of nothing are nothing', () => {
    expect(of([worked('a', [30_000])], null)).toMatchObject({
      executionTimeMs: 60_000,
      speedupFactor: 0.5,
    });
    expect(of([])).toMatchObject({ criticalPathMs: 0, criticalPathLength: 0, speedupFactor: 0 });
    expect(of([worked('a', [])])).toMatchObject({ criticalPathMs: 0, criticalPathLength: 0 });
    // clocks that were set back
    expect(of([], '2026-01-02T03:04:00.000Z')).toMatchObject({
      executionTimeMs: 0,
      speedupFactor: 1,
    });
  });

  it('end for circles and for dependencies on nothing', () => {
    expect(of([worked('a', [1], ['b']), worked('b', [1], ['a'])]).criticalPathMs).toBe(0);
    expect(of([worked('a', [5], ['gone'])])).toMatchObject({
      criticalPathMs: 5,
      criticalPathLength: 1,
    });
  });

  it('have a critical path between the longest subtask and all of them, for any plan', () => {
    const plans = fc.array(
      fc.record({ ms: fc.nat(1000), before: fc.array(fc.nat(20), { maxLength: 3 }) }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(plans, (nodes) => {
        const stories = nodes.map(({ ms, before }, index) => {
          const dependsOn = [...new Set(before.filter((at) => at < index))].map((at) => `s${at}`);
          return worked(`s${index}`, [ms], dependsOn);
        });
        const { criticalPathMs, criticalPathLength, sequentialTimeEstimateMs } = of(stories);
        const times = nodes.map(({ ms }) => ms);
        expect(criticalPathMs).toBeGreaterThanOrEqual(Math.max(...times));
        expect(criticalPathMs).toBeLessThanOrEqual(sequentialTimeEstimateMs);
        expect(criticalPathLength).toBeLessThanOrEqual(nodes.length);
      }),
    );
  });
});
