import { describe, expect, it } from 'vitest';
import { selectStories, type RunCommit } from '../../../../src/runs/results/run-commits.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';

const commit = (id: string | null, name: string): RunCommit => ({
  commit: name.repeat(40),
  story: id,
  subject: `feat: ${name}`,
});
const A = commit('US-001', 'a');
const B = commit('US-002', 'b');
const HAND = commit(null, 'c');

const record = runRecord({
  stories: [
    storyRecord('US-001', { status: 'passed', commit: A.commit }),
    storyRecord('US-002', {
      status: 'passed',
      commit: B.commit,
      story: story('US-002', { dependsOn: ['US-001', 'US-009'] }),
    }),
    storyRecord('US-003', { status: 'failed' }),
    storyRecord('US-009', { status: 'passed', reason: 'passed in an earlier run' }),
  ],
});

describe('selectStories', () => {
  it('takes the commits of the stories in their order, and nobody else’s', () => {
    expect(selectStories(record, [A, HAND, B], ['US-002', 'US-001'])).toEqual([A, B]);
  });

  it('needs no story that the target has already, or that no commit holds', () => {
    expect(selectStories(record, [B], ['US-002'])).toEqual([B]);
  });

  it('names the story that is left out', () => {
    expect(() => selectStories(record, [A, B], ['US-002'])).toThrow(
      expect.objectContaining({
        code: 'ERR_STORY_LEFT_OUT',
        exitCode: 2,
        message: 'story US-002 depends on US-001, which --only leaves out',
        hint: 'add it: --only US-002,US-001',
      }),
    );
  });

  it.each([
    ['US-404', 'run run-1 has no story US-404'],
    ['US-003', 'story US-003 made no commit in run run-1: failed'],
  ])('refuses %s', (id, message) => {
    expect(() => selectStories(record, [A, B], [id])).toThrow(
      expect.objectContaining({ code: 'ERR_STORY_UNKNOWN', message }),
    );
  });
});
