import { describe, expect, it } from 'vitest';
import type { StoryRecord } from '../../../../src/domain/index.js';
import { storyLines } from '../../../../src/workflows/lib/current-details.js';

const entry = (id: string, status: StoryRecord['status']): StoryRecord => ({
  story: {
    id,
    title: id,
    description: '',
    acceptanceCriteria: [],
    priority: 1,
    dependsOn: [],
    complexity: 1,
    passes: false,
    verificationSteps: [],
  },
  status,
  commit: null,
  attempts: [],
  reason: '',
});

describe('the stories of a run as lines', () => {
  it('begin with those that somebody may have to look at, in their order', () => {
    const stories = [
      entry('a', 'passed'),
      entry('b', 'pending'),
      entry('c', 'failed'),
      entry('d', 'running'),
      entry('e', 'running'),
    ];
    expect(storyLines(stories, 'stories', ({ story }) => story.id)).toEqual([
      'd',
      'e',
      'c',
      'b',
      'a',
    ]);
  });

  it('count what does not fit', () => {
    const stories = Array.from({ length: 53 }, (_, index) => entry(`s-${index}`, 'pending'));
    const lines = storyLines(stories, 'subtasks', ({ story }) => story.id);
    expect([lines.length, lines.at(-1)]).toEqual([51, '3 more subtasks']);
  });
});
