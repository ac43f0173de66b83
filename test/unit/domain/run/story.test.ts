import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextStory,
  plannedOrder,
  strandedStories,
  type StoryStatus,
} from '../../../../src/domain/run/story.js';
import { story } from '../../../support/stories.js';

const standing = (id: string, status: StoryStatus, fields = {}) => ({
  story: story(id, fields),
  status,
});

describe('nextStory', () => {
  it('takes the highest priority among stories whose dependencies passed, then the order of the file', () => {
    const standings = [
      standing('A', 'pending', { priority: 2 }),
      standing('B', 'pending', { priority: 1, dependsOn: ['A'] }),
      standing('C', 'pending', { priority: 2 }),
    ];
    expect(nextStory(standings)?.id).toBe('A');
    expect(nextStory([standing('A', 'passed', { priority: 2 }), ...standings.slice(1)])?.id).toBe(
      'B',
    );
  });

  it('gives nothing when every pending story waits', () => {
    expect(
      nextStory([standing('A', 'failed'), standing('B', 'pending', { dependsOn: ['A'] })]),
    ).toBeUndefined();
  });
});

describe('strandedStories', () => {
  it('finds stories behind a failed or blocked one, however far', () => {
    expect(
      strandedStories([
        standing('A', 'blocked'),
        standing('B', 'pending', { dependsOn: ['A'] }),
        standing('C', 'pending', { dependsOn: ['B'] }),
        standing('D', 'pending'),
      ]),
    ).toEqual(['B', 'C']);
  });
});

describe('plannedOrder', () => {
  it('runs every story of an acyclic PRD once, behind its dependencies', () => {
    const acyclic = fc
      .array(fc.record({ priority: fc.integer({ min: 1, max: 5 }), edges: fc.array(fc.nat()) }), {
        maxLength: 12,
      })
      .map((nodes) =>
        nodes.map(({ priority, edges }, index) =>
          story(`S${index}`, {
            priority,
            dependsOn: index === 0 ? [] : [...new Set(edges.map((edge) => `S${edge % index}`))],
          }),
        ),
      );
    fc.assert(
      fc.property(acyclic, (stories) => {
        const order = plannedOrder(stories).map(({ id }) => id);
        expect([...order].sort()).toEqual(stories.map(({ id }) => id).sort());
        for (const { id, dependsOn } of stories) {
          for (const dependency of dependsOn)
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(id));
        }
      }),
    );
  });

  it('leaves out stories that passed already', () => {
    expect(
      plannedOrder([story('A', { passes: true }), story('B', { dependsOn: ['A'] })]).map(
        ({ id }) => id,
      ),
    ).toEqual(['B']);
  });
});
