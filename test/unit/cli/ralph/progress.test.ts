import { describe, expect, it } from 'vitest';
import { progressLine } from '../../../../src/cli/ralph/progress.js';
import { eventTypeSchema, type RunEvent } from '../../../../src/domain/run/event.js';

const event = (type: RunEvent['type'], changes: Partial<RunEvent> = {}): RunEvent => ({
  source: 'w',
  seq: 1,
  type,
  at: '2026-01-02T03:04:05.678Z',
  story: 'US-001',
  text: 'words',
  ...changes,
});
const plain = (type: RunEvent['type'], changes: Partial<RunEvent> = {}) =>
  progressLine(event(type, changes), { isTerminal: false });

describe('progressLine', () => {
  it('is one plain line an event in a pipe, or none for noise', () => {
    const lines = eventTypeSchema.options.map((type) => [type, plain(type, { turn: 2 })]);
    expect(Object.fromEntries(lines)).toEqual({
      'run.start': '03:04:05 words',
      'run.wait': '03:04:05 words',
      'run.pause': '03:04:05 words',
      'run.resume': '03:04:05 words',
      'run.note': '03:04:05 words',
      'setup.start': '03:04:05 US-001 words',
      'setup.end': '03:04:05 US-001 words',
      'baseline.start': '03:04:05 words',
      'baseline.end': '03:04:05 words',
      'merge.start': '03:04:05 US-001 words',
      'merge.end': '03:04:05 US-001 words',
      'story.note': '03:04:05 US-001 words',
      'story.start': '03:04:05 US-001 words',
      'attempt.start': undefined,
      'turn.start': undefined,
      'model.end': '03:04:05 US-001 turn 2 · words',
      'model.switch': '03:04:05 US-001 words',
      'tool.start': '03:04:05 US-001   > words',
      'tool.end': '03:04:05 US-001   - words',
      'check.start': '03:04:05 US-001 words',
      'check.end': '03:04:05 US-001   !! words',
      'commit.end': '03:04:05 US-001 committed words',
      'story.end': '03:04:05 US-001 words',
      'stall.note': '03:04:05 US-001 words',
      'question.ask': '03:04:05 US-001 asks: words',
      'question.answer': '03:04:05 US-001 is answered: words',
      'question.default': '03:04:05 US-001 assumes: words',
      'question.park': '03:04:05 US-001 is set aside until somebody answers: words',
      'permission.ask': '03:04:05 US-001 words',
      'permission.answer': '03:04:05 US-001 is answered: words',
      'permission.deny': '03:04:05 US-001 refused: words',
      'wall.reach': '03:04:05 US-001 reached beyond its walls: words',
      'hook.end': '03:04:05 US-001   words',
      'compaction.end': '03:04:05 US-001 words',
      'attempt.end': undefined,
      'run.end': '03:04:05 words',
      'task.start': '03:04:05 words',
      'task.note': '03:04:05 words',
      'task.message': undefined,
      'task.artifact': undefined,
      'task.end': '03:04:05 words',
    });
  });

  it('tells a passed check from a failed one, and a failed tool call from a good one', () => {
    expect([
      plain('check.end', { data: { exit_code: 0 } }),
      plain('check.end', { data: { exit_code: 1 } }),
      plain('check.end', { data: { exit_code: null, is_absent: true } }),
      plain('tool.end', { data: { is_error: true } }),
    ]).toEqual([
      '03:04:05 US-001   ok words',
      '03:04:05 US-001   !! words',
      '03:04:05 US-001   -- words',
      '03:04:05 US-001   ! words',
    ]);
  });

  it('counts attempts from the second on', () => {
    expect([1, 2].map((attempt) => plain('story.start', { attempt }))).toEqual([
      '03:04:05 US-001 words',
      '03:04:05 US-001 words (attempt 2)',
    ]);
  });

  it('has colours on a terminal only', () => {
    const passed = event('story.end', { text: 'passed' });
    expect(progressLine(passed, { isTerminal: true })).toBe(
      '\u001B[2m03:04:05\u001B[0m US-001 \u001B[32mpassed\u001B[0m',
    );
    expect(progressLine(passed, { isTerminal: false })).not.toContain('\u001B');
  });
});
