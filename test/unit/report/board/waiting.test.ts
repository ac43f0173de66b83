import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import type { AttemptRecord } from '../../../../src/domain/run/ralph-run.js';
import { asksAfter } from '../../../../src/report/board/open-asks.js';
import { sortedWaiting, waitingItems } from '../../../../src/report/board/waiting.js';
import { afterFailedAttempt } from '../../../../src/workflows/ralph/ledger.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';

const AT = '2026-01-02T03:04:06.000Z';

function event(type: RunEvent['type'], more: Partial<RunEvent> = {}): RunEvent {
  return { source: 'agent', seq: 1, type, at: AT, ...more };
}

/** An open run with one story. */
function openRun(status: Parameters<typeof storyRecord>[1], more = {}) {
  const stories = [storyRecord('US-001', status)];
  return runRecord({ status: 'running', endedAt: null, stories, ...more });
}

const asked = (question: AttemptRecord['question']) => [
  attemptRecord({ outcome: 'blocked', ...(question === undefined ? {} : { question }) }),
];

describe('open questions in the events of a run', () => {
  it('are those that nobody answered', () => {
    const asks = asksAfter(new Map(), [
      event('question.ask', { story: 'US-001', text: 'cut', data: { question: 'Which port?' } }),
      event('permission.ask', { story: 'US-002', text: 'May this be run? rm x' }),
      event('question.ask', { text: 'no story' }),
    ]);
    expect([...asks.values()]).toEqual([
      { story: 'US-001', kind: 'question', text: 'Which port?', call: null, since: AT },
      { story: 'US-002', kind: 'approval', text: 'May this be run? rm x', call: null, since: AT },
      { story: 'agent', kind: 'question', text: 'no story', call: null, since: AT },
    ]);
  });

  it.each([
    'question.answer',
    'question.default',
    'question.park',
    'permission.answer',
    'story.end',
    'attempt.end',
  ] as const)('are over with %s of the same story', (type) => {
    const open = asksAfter(new Map(), [
      event('question.ask', { story: 'US-001' }),
      event('question.ask', { story: 'US-002' }),
    ]);
    const after = asksAfter(open, [event(type, { story: 'US-001' })]);
    expect([...after.keys()]).toEqual(['US-002']);
    expect([...open.keys()]).toEqual(['US-001', 'US-002']);
  });

  const ask = (call: string, type: RunEvent['type'] = 'permission.ask') =>
    event(type, { story: 'US-001', text: call, data: { call } });

  it('are told apart by the call that asks', () => {
    const open = asksAfter(new Map(), [ask('a'), ask('b', 'question.ask')]);
    expect([...open.values()].map(({ call }) => call)).toEqual(['a', 'b']);
    for (const type of ['permission.answer', 'question.default', 'question.park'] as const) {
      const after = asksAfter(open, [ask('a', type)]);
      expect([...after.values()].map(({ call }) => call)).toEqual(['b']);
    }
    expect(asksAfter(open, [ask('a', 'question.answer'), ask('b', 'question.answer')]).size).toBe(
      0,
    );
    expect(asksAfter(open, [event('story.end', { story: 'US-001' })]).size).toBe(0);
  });

  it('stay open while rules refuse another call of the same agent', () => {
    const open = asksAfter(new Map(), [ask('a')]);
    expect(asksAfter(open, [event('permission.deny', { story: 'US-001' })]).size).toBe(1);
    expect(asksAfter(open, [ask('b', 'permission.deny')]).size).toBe(1);
    expect(asksAfter(open, [ask('a', 'permission.deny')]).size).toBe(0);
    expect(asksAfter(open, [event('question.answer', { story: 'US-001' })]).size).toBe(1);
  });

  it('are over when an earlier version sets the story aside, without a word of the call', () => {
    const open = asksAfter(new Map(), [ask('a')]);
    expect(asksAfter(open, [event('question.park', { story: 'US-001' })]).size).toBe(0);
    expect(asksAfter(open, [event('question.park', { story: 'US-002' })]).size).toBe(1);
  });

  it('are all over with the run', () => {
    const open = asksAfter(new Map(), [event('question.ask', { story: 'US-001' })]);
    expect(asksAfter(open, [event('tool.end'), event('run.end')]).size).toBe(0);
  });
});

describe('what waits for a person', () => {
  it('is a question of an agent that waits, and an approval with yes and no', () => {
    const asks = asksAfter(new Map(), [
      event('question.ask', { story: 'US-001', text: 'Which port?' }),
      event('permission.ask', { story: 'US-002', text: 'May this be run?' }),
    ]);
    const stories = ['US-001', 'US-002'].map((id) => storyRecord(id, { status: 'running' }));
    expect(waitingItems(openRun({}, { stories }), asks)).toEqual([
      expect.objectContaining({
        kind: 'approval',
        story: 'US-002',
        options: ['yes', 'no'],
        actions: ['answer'],
      }),
      expect.objectContaining({
        kind: 'question',
        story: 'US-001',
        story_title: 'Title of US-001',
        text: 'Which port?',
        options: [],
        since: AT,
        actions: ['answer'],
      }),
    ]);
  });

  it('offers an answer only where the run takes one: the story of a PRD, a prompt, a script', () => {
    const asks = asksAfter(new Map(), [
      event('question.ask', { story: 'US-001', text: 'Which port?' }),
      event('question.ask', { story: 'q1', text: 'q1: Go?' }),
    ]);
    const script = { script: { name: 's' } } as never;
    const found = (kind: 'ralph' | 'session' | 'swarm' | 'rlm', swarm?: never) =>
      waitingItems(
        openRun({ status: 'running' }, { kind, ...(swarm === undefined ? {} : { swarm }) }),
        asks,
      )
        .filter(({ actions }) => actions.includes('answer'))
        .map(({ story }) => story);
    expect(found('ralph')).toEqual(['US-001']);
    expect(found('session')).toEqual(['US-001']);
    expect(found('swarm', script)).toEqual(['q1']);
    expect(found('swarm')).toEqual([]);
    expect(found('rlm')).toEqual([]);
  });

  it('is a subtask that is stuck, to be tried again, and nothing once its swarm has ended', () => {
    const stories = [storyRecord('a', { status: 'blocked', reason: 'no access' })];
    const [stuck] = waitingItems(openRun({}, { kind: 'swarm', stories }));
    expect(stuck).toMatchObject({ kind: 'blocked', actions: ['retry'] });
    expect(waitingItems(runRecord({ kind: 'swarm', status: 'failed', stories }))).toEqual([]);
    const [decided] = waitingItems(
      openRun({}, { kind: 'swarm', stories, swarm: { script: { name: 's' } } as never }),
    );
    expect(decided?.actions).toEqual([]);
  });

  it('is no question of a story that is not worked on any more', () => {
    const asks = asksAfter(new Map(), [event('question.ask', { story: 'US-001' })]);
    expect(waitingItems(openRun({ status: 'passed' }), asks)).toEqual([]);
  });

  it('is a question that was set aside, with its options and the advice', () => {
    const question = { question: 'Which?', options: ['a', 'b'], recommendation: 'a' };
    const [item] = waitingItems(openRun({ status: 'blocked', attempts: asked(question) }));
    expect(item).toMatchObject({
      kind: 'question',
      options: ['a', 'b'],
      recommendation: 'a',
      actions: ['answer', 'skip'],
    });
  });

  it('is a decision where a yes grants something', () => {
    const question = { question: 'May it?', options: ['yes', 'no'], grants: ['new dependency x'] };
    const [item] = waitingItems(openRun({ status: 'blocked', attempts: asked(question) }));
    expect(item).toMatchObject({ kind: 'decision', options: ['yes', 'no'] });
  });

  it('is a story that says that it cannot go on', () => {
    const [item] = waitingItems(
      openRun({ status: 'blocked', reason: 'no access', attempts: asked(undefined) }),
    );
    expect(item).toMatchObject({ kind: 'blocked', text: 'no access', actions: ['answer', 'skip'] });
  });

  it.each([
    ['the budget of $1.00 is used up', 'budget'],
    ['paused by request', 'paused'],
  ])('is a run that stands still: %s', (reason, kind) => {
    const standstill = { kind: 'paused' as const, reason, since: AT, until: null };
    expect(waitingItems(openRun({ status: 'pending' }, { standstill }))).toEqual([
      expect.objectContaining({ kind, text: reason, since: AT, story: null, actions: ['resume'] }),
    ]);
  });

  it('is nothing where time alone will do it', () => {
    const standstill = { kind: 'waiting' as const, reason: '429', since: AT, until: AT };
    expect(waitingItems(openRun({ status: 'running' }, { standstill }))).toEqual([]);
  });

  it.each(['blocked', 'failed'] as const)(
    'is work that could not be merged, %s, with the branch that keeps it, also after the end',
    (how) => {
      const status = {
        status: how,
        reason: 'conflict in a.ts',
        branch: 'codetether/kept/us-001',
        attempts: [attemptRecord({ outcome: 'merge_failed' })],
      };
      const [open] = waitingItems(openRun(status));
      expect(open).toMatchObject({
        kind: 'conflict',
        text: 'conflict in a.ts (kept on codetether/kept/us-001)',
        actions: ['retry', 'skip'],
      });
      const [ended] = waitingItems(runRecord({ stories: [storyRecord('US-001', status)] }));
      expect(ended?.actions).toEqual(['changes']);
      expect(
        waitingItems(runRecord({ stories: [storyRecord('US-001', status)], discardedAt: AT })),
      ).toEqual([]);
    },
  );

  it('is a conflict as the run itself writes it down, and none while the story is tried again', () => {
    const record = openRun({ status: 'running' });
    const lost = attemptRecord({ outcome: 'merge_failed', reason: 'conflict in a.ts' });
    const one = { ...record, options: { ...record.options, maxAttempts: 1 } };
    const [item] = waitingItems(afterFailedAttempt(one, 'US-001', lost));
    expect(item).toMatchObject({ kind: 'conflict', story: 'US-001' });
    expect(waitingItems(afterFailedAttempt(record, 'US-001', lost))).toEqual([]);
  });

  it('is sorted by how urgent it is, then by how long it waits', () => {
    const base = waitingItems(openRun({ status: 'blocked', attempts: asked(undefined) }))[0];
    if (base === undefined) throw new Error('there is one');
    const items = (['paused', 'blocked', 'question', 'approval'] as const).map((kind) => ({
      ...base,
      kind,
    }));
    const older = { ...base, kind: 'question' as const, since: '2026-01-01T00:00:00.000Z' };
    const sorted = sortedWaiting([...items, older]);
    expect(sorted.map(({ kind }) => kind)).toEqual([
      'approval',
      'question',
      'question',
      'blocked',
      'paused',
    ]);
    expect(sorted[1]).toBe(older);
  });
});
