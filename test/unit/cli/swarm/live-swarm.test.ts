import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../../src/cli/output.js';
import type { Screen } from '../../../../src/cli/ralph/run-view.js';
import { LiveSwarm } from '../../../../src/cli/swarm/live-swarm.js';
import type { EventType, RunEvent } from '../../../../src/domain/run/event.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';

const HOSTILE = 'x\u001b[2J\r\nswarm: forged\0\u202e';
const AT = '2026-01-02T03:04:05.000Z';
const NOW = new Date('2026-01-02T03:04:15.000Z');
const SCREEN: Screen = { columns: 200, rows: 30 };

const open = (stories: StoryRecord[]) =>
  runRecord({ kind: 'swarm', status: 'running', startedAt: AT, endedAt: null, stories });
const subtask = (id: string, changes: Partial<StoryRecord> = {}, dependsOn: string[] = []) =>
  storyRecord(id, { story: story(id, { title: `Do ${id}`, dependsOn }), ...changes });
const event = (type: EventType, of: string, more: Partial<RunEvent> = {}): RunEvent => ({
  source: 'w',
  seq: 1,
  type,
  at: AT,
  story: of,
  ...more,
});
const spent = { tokens: 1500, cost_micro_usd: 20_000 };
/** Lines without the colours that we painted. */
const plain = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .split('\u001b')
      .map((part, index) => (index === 0 ? part : part.slice(part.indexOf('m') + 1)))
      .join('')
      .trimEnd(),
  );

describe('a swarm that is watched', () => {
  it('is a tree with state, turns, tokens, cost and time of each subtask, newer than the record', () => {
    const view = new LiveSwarm();
    const done = attemptRecord({
      durationMs: 4000,
      spending: {
        ...ZERO_SPENDING,
        turns: 2,
        costMicroUsd: 1000,
        usage: { ...ZERO_SPENDING.usage, inputTokens: 900 },
      },
    });
    const record = open([
      subtask('a', { status: 'unverified', attempts: [done] }),
      subtask('b', {}, ['a']),
      subtask('c', { status: 'running' }, ['b']),
      subtask('d', {}, ['a']),
    ]);
    const lasting = [
      event('story.start', 'b'),
      event('model.end', 'b', { data: spent }),
      event('tool.start', 'b', { text: `bash npm test ${HOSTILE}` }),
      event('story.end', 'c', { text: 'failed: no key', data: { status: 'failed' } }),
    ].map((one) => view.take(one));
    expect(lasting).toEqual([false, false, false, true]);
    expect(plain(view.lines(record, SCREEN, NOW))).toEqual([
      'swarm run-1 works: 1 of 4 done, 1 at work, 1 not done · 2.4k tokens · $0.0210 · 10 s',
      '  a    done      turn 2 · 900 tokens · $0.0010 · 4 s',
      '  └ b    running   turn 1 · 1.5k tokens · $0.0200 · 10 s · bash npm test x\\x1b[2J swarm: forged\\x00\\u{202e}',
      '    └ c    failed    no key',
      '  └ d    pending   Do d',
    ]);
  });

  it('has no price where a call has none, and nothing before there is a record', () => {
    const view = new LiveSwarm();
    expect(view.lines(undefined, SCREEN, NOW)).toEqual([]);
    view.take(event('model.end', 'a', { data: { tokens: 5, cost_micro_usd: null } }));
    const [title, line] = plain(view.lines(open([subtask('a')]), SCREEN, NOW));
    expect([title, line]).toEqual([
      'swarm run-1 works: 0 of 1 done, 0 at work · 5 tokens · unknown · 10 s',
      '  a    pending   turn 1 · 5 tokens · unknown',
    ]);
  });

  it('shows those at work first where there is no room, and counts the rest', () => {
    const view = new LiveSwarm();
    const stories = Array.from({ length: 1000 }, (_, index) =>
      subtask(`s-${index}`, {
        status: index < 500 ? 'unverified' : index > 995 ? 'running' : 'pending',
      }),
    );
    const lines = plain(view.lines(open(stories), { columns: 40, rows: 10 }, NOW));
    expect([lines.length, ...lines.slice(1)]).toEqual([
      7,
      '  s-500 pending   Do s-500',
      '  s-996 running   Do s-996',
      '  s-997 running   Do s-997',
      '  s-998 running   Do s-998',
      '  s-999 running   Do s-999',
      '  … 495 pending, 500 done',
    ]);
    for (const line of lines) expect(line.length).toBeLessThan(40);
  });

  it('has one line for each thing, whatever names and reasons hold', () => {
    const view = new LiveSwarm();
    const hostile = subtask('a', {
      status: 'failed',
      reason: HOSTILE,
      story: story('a', { title: HOSTILE, dependsOn: ['none'] }),
    });
    const lines = view.lines(open([hostile]), SCREEN, NOW);
    expect(lines).toHaveLength(2);
    expect(plain(lines).join('')).not.toMatch(/\p{Cc}|\u202e/u);
  });
});

describe('what is drawn on a terminal', () => {
  function bench(isTTY: boolean) {
    let written = '';
    const stderr = {
      isTTY,
      columns: 40,
      rows: 10,
      write: (text: string) => {
        written += text;
      },
    };
    const output = createOutput({ stdout: { write: () => undefined }, stderr });
    const taken = (): string => {
      const text = written;
      written = '';
      return text;
    };
    return { output, taken };
  }

  it('stays below the notes, takes its own place again, and goes', () => {
    const { output, taken } = bench(true);
    expect(output.screen).toEqual({ columns: 40, rows: 10 });
    output.draw(['one', 'two\u001b[2J']);
    expect(taken()).toBe('\u001b[?7lone\ntwo\\x1b[2J\n\u001b[?7h');
    output.draw(['one', 'two\u001b[2J']);
    expect(taken()).toBe('');
    output.note('a note');
    expect(taken()).toBe('\u001b[2A\u001b[Ja note\n\u001b[?7lone\ntwo\\x1b[2J\n\u001b[?7h');
    output.draw(['three']);
    expect(taken()).toBe('\u001b[2A\u001b[J\u001b[?7lthree\n\u001b[?7h');
    output.draw([]);
    expect(taken()).toBe('\u001b[1A\u001b[J');
    output.note('last');
    expect(taken()).toBe('last\n');
  });

  it('is nothing where stderr is no terminal', () => {
    const { output, taken } = bench(false);
    expect(output.screen).toBeUndefined();
    output.draw([]);
    expect(taken()).toBe('');
  });
});
