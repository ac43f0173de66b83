import { describe, expect, it } from 'vitest';
import {
  byOperator,
  describeHold,
  withHolds,
  type OperatorHold,
} from '../../../../src/domain/run/operator-hold.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';

const ROOT = 'ralph/1/feature';

function hold(changes: Partial<OperatorHold> = {}): OperatorHold {
  return {
    kind: 'workflow',
    workflowId: ROOT,
    temporalRunId: 't-1',
    identity: 'ada@desk',
    reason: 'look first',
    since: '2026-01-02T03:04:05.000Z',
    ...changes,
  };
}

describe('describeHold', () => {
  it('names what is held, by whom and why', () => {
    expect(describeHold(hold(), ROOT)).toBe(
      'the run paused by Temporal operator ada@desk: look first',
    );
    const activity = { id: '7', type: 'executeTool' };
    const workflowId = `${ROOT}/run-1/US-001/1/agent`;
    expect(describeHold(hold({ kind: 'activity', workflowId, activity }), ROOT)).toBe(
      'step executeTool (7) of run-1/US-001/1/agent paused by Temporal operator ada@desk: look first',
    );
  });

  it('says no more than is known, on one line', () => {
    expect(byOperator({ identity: '', reason: '' })).toBe('by Temporal operator');
    expect(byOperator({ identity: 'a\nb', reason: '\u001b[2J' })).toBe(
      'by Temporal operator a b: \\x1b[2J',
    );
  });
});

describe('withHolds', () => {
  const story = `${ROOT}/run-1/US-001/1`;

  it('leaves a run alone that nobody holds, or that has ended', () => {
    const open = runRecord({ workflowId: ROOT, status: 'running', endedAt: null });
    expect(withHolds(open, [])).toBe(open);
    const ended = runRecord({ workflowId: ROOT, status: 'passed' });
    expect(withHolds(ended, [hold()])).toBe(ended);
  });

  it('shows a held run as paused, with the command that goes on', () => {
    const record = runRecord({
      workflowId: ROOT,
      runId: 'run-1',
      status: 'running',
      endedAt: null,
    });
    expect(withHolds(record, [hold()])).toEqual({
      ...record,
      status: 'paused',
      notes: [...record.notes, 'the run paused by Temporal operator ada@desk: look first'],
      standstill: {
        kind: 'paused',
        reason:
          'the run paused by Temporal operator ada@desk: look first; codetether runs resume run-1 goes on',
        since: '2026-01-02T03:04:05.000Z',
        until: null,
      },
    });
  });

  it('only notes what holds one of several stories', () => {
    const stories = ['US-001', 'US-002'].map((id) => storyRecord(id, { status: 'running' }));
    const record = runRecord({ workflowId: ROOT, status: 'running', endedAt: null, stories });
    const shown = withHolds(record, [hold({ workflowId: story })]);
    expect(shown).toMatchObject({ status: 'running' });
    expect(shown.notes).toHaveLength(record.notes.length + 1);
  });
});
