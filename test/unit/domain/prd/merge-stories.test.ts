import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeStories } from '../../../../src/domain/prd/merge-stories.js';
import { type StoryStatus } from '../../../../src/domain/run/story.js';
import { story } from '../../../support/stories.js';

const standing = (id: string, status: StoryStatus = 'pending', fields = {}) => ({
  story: story(id, fields),
  status,
});

describe('mergeStories', () => {
  it('gives edits to what has not begun, keeps what has, and adds what is new', () => {
    const run = [standing('A', 'passed'), standing('B', 'running'), standing('C'), standing('D')];
    const file = [
      story('D'),
      story('E', { dependsOn: ['C'] }),
      story('A', { title: 'other', passes: true }),
      story('B', { title: 'other' }),
      story('C', { title: 'other', priority: 5, dependsOn: ['A'] }),
    ];
    expect(mergeStories(run, file)).toEqual({
      stories: [
        story('A'),
        story('B'),
        story('C', { title: 'other', priority: 5, dependsOn: ['A'] }),
        story('D'),
        story('E', { dependsOn: ['C'] }),
      ],
      added: ['E'],
      changed: ['C'],
      removed: [],
      problem: null,
    });
  });

  it('reports what was removed and keeps it', () => {
    const run = [standing('A'), standing('B', 'pending', { dependsOn: ['A'] })];
    expect(mergeStories(run, [story('B', { dependsOn: ['A'] })])).toMatchObject({
      stories: [{ id: 'A' }, { id: 'B' }],
      removed: ['A'],
      problem: null,
    });
  });

  it.each([
    [
      'a cycle',
      [story('A', { dependsOn: ['B'] }), story('B', { dependsOn: ['A'] })],
      /circle: A -> B -> A/,
    ],
    [
      'an unknown dependency',
      [story('A', { dependsOn: ['Z'] }), story('B')],
      /^story A depends on "Z"/,
    ],
    ['a double id', [story('A'), story('A', { title: 'x' }), story('B')], /same id/],
  ])('refuses %s as a whole', (_name, file, problem) => {
    const run = [standing('A'), standing('B')];
    const merged = mergeStories(run, file);
    expect(merged).toEqual({
      stories: [story('A'), story('B')],
      added: [],
      changed: [],
      removed: [],
      problem: expect.stringMatching(problem) as string,
    });
  });

  it('sees a cycle that only the running story and an edit make together', () => {
    const run = [standing('A', 'running', { dependsOn: ['B'] }), standing('B')];
    expect(mergeStories(run, [story('A'), story('B', { dependsOn: ['A'] })]).problem).toContain(
      'circle',
    );
  });

  it('is settled: the same file merged again changes nothing, and no story of the run is lost', () => {
    const id = fc.constantFrom('A', 'B', 'C', 'D');
    const entry = fc.record({ id, title: fc.constantFrom('x', 'y'), dependsOn: fc.array(id) });
    const status = fc.constantFrom<StoryStatus>('pending', 'running', 'passed', 'failed');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ entry, status }), { selector: (one) => one.entry.id }),
        fc.array(entry, { maxLength: 5 }),
        (run, file) => {
          const standings = run.map((one) => ({
            story: story(one.entry.id, { title: one.entry.title }),
            status: one.status,
          }));
          const stories = file.map((one) => story(one.id, one));
          const merged = mergeStories(standings, stories);
          const ids = merged.stories.map((one) => one.id);
          expect(ids.slice(0, run.length)).toEqual(run.map((one) => one.entry.id));
          const next = merged.stories.map((one, index) => ({
            story: one,
            status: standings[index]?.status ?? ('pending' as const),
          }));
          expect(mergeStories(next, stories)).toMatchObject({ added: [], changed: [] });
        },
      ),
    );
  });
});
