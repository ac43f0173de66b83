import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  keptKeys,
  sessionKeys,
  stageOf,
  verdictOf,
  VERDICTS,
} from '../../../../src/platform-link/task/session.js';
import { readTask, type PlatformTask } from '../../../../src/platform-link/wire/platform-task.js';

function taskOf(metadata: Record<string, unknown>): PlatformTask {
  const task = readTask({ id: 't1', metadata });
  if (task === undefined) throw new Error('no task');
  return task;
}

describe('the verdict of a review', () => {
  it.each([
    ['All good.\n\nAPPROVED', 'APPROVED'],
    ['APPROVED\n\n  \n', 'APPROVED'],
    ['**APPROVED**', 'APPROVED'],
    ['`CHANGES_REQUESTED`.', 'CHANGES_REQUESTED'],
    ['Verdict: changes requested', 'CHANGES_REQUESTED'],
    ['## Verdict: **Blocked**', 'BLOCKED'],
    ['- x\nverdict = approved!', 'APPROVED'],
  ])('of %j is %s', (answer, expected) => {
    expect(verdictOf(answer)).toBe(expected);
  });

  it.each([
    '',
    'NOT APPROVED',
    'APPROVED\nbut wait',
    'APPROVED or BLOCKED',
    'I would say it is APPROVED',
    'UNAPPROVED',
    'Verdict: none',
  ])('is none in %j', (answer) => {
    expect(verdictOf(answer)).toBeUndefined();
  });

  it('is found behind any text, and is one of three or none', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.constantFrom(...VERDICTS), (text, verdict) => {
        expect(verdictOf(`${text}\n${verdict}`)).toBe(verdict);
        const found = verdictOf(text);
        if (found !== undefined) expect(VERDICTS).toContain(found);
      }),
    );
  });
});

describe('the session of a task', () => {
  it('is found by what was said most exactly first', () => {
    const all = {
      resume_session_id: 's',
      forgejo_work_key: 'w',
      temporal_workflow_id: 'f',
      parent_task_id: 'p',
    };
    const kinds = sessionKeys(taskOf(all)).map((key) => key.split(':')[0]);
    expect(kinds).toEqual(['session', 'flow', 'flow', 'task']);
  });

  it('is none for a task that stands alone, or whose names are none', () => {
    expect(
      sessionKeys(taskOf({ forgejo_work_key: 7, parent_task_id: '', resume_session_id: null })),
    ).toEqual([]);
  });

  it('is kept under what later tasks may say', () => {
    const first = keptKeys(sessionKeys(taskOf({ forgejo_work_key: 'issue 7' })), {
      id: 't1',
      contextId: 'c1',
    });
    for (const later of [
      { forgejo_work_key: 'issue 7' },
      { parent_task_id: 't1' },
      { resume_session_id: 'c1' },
    ])
      expect(first).toContain(sessionKeys(taskOf(later))[0]);
    expect(first).not.toContain(sessionKeys(taskOf({ parent_task_id: 't2' }))[0]);
  });

  it('is not kept under the task that it came from, which has its own', () => {
    const keys = sessionKeys(taskOf({ parent_task_id: 't0' }));
    expect(keptKeys(keys, { id: 't1', contextId: 'c1' })).not.toContain(keys[0]);
  });
});

describe('the stage of a task', () => {
  it.each([
    ['prepare', 'prepare'],
    ['review', 'review'],
    ['deploy', undefined],
    [3, undefined],
  ])('%s is %s', (workflow_stage, expected) => {
    expect(stageOf(taskOf({ workflow_stage }))).toBe(expected);
  });
});
