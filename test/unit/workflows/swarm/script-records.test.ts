import { beforeEach, describe, expect, it, vi } from 'vitest';
import { carriedRecord } from '../../../../src/domain/run/carried-record.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import type { ScriptFacts } from '../../../../src/domain/script/script-facts.js';
import {
  closeScript,
  openSwarmRecord,
  withFacts,
  withFurther,
} from '../../../../src/workflows/swarm/swarm-record.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { SCRIPT_TASK } from '../../../support/played-script.js';
import { statuses } from '../../../support/ralph-workflow.js';
import { subtask, SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const AT = '2026-01-02T03:04:05.000Z';
const FACTS = { workflowId: 'workflow-1', startedAt: AT };
const INPUT = { ...SWARM_INPUT, planned: 'script' as const, subtasks: [], script: SCRIPT_TASK };

/** The record of a script that has come so far, with agents that ended so. */
function scripted(
  changes: Partial<ScriptFacts>,
  ends: Readonly<Record<string, 'unverified' | 'failed' | 'skipped'>> = {},
  isVerified: boolean | null = null,
): RunRecord {
  const opened = openSwarmRecord(INPUT, FACTS);
  const record = withFurther(
    opened,
    Object.keys(ends).map((id) => subtask(id)),
  );
  const script = record.swarm?.script;
  if (script === undefined) throw new Error('no script');
  const stories = record.stories.map((entry) => ({
    ...entry,
    status: ends[entry.story.id] ?? entry.status,
  }));
  return withFacts({ ...record, stories }, { script: { ...script, ...changes }, isVerified });
}

beforeEach(() => {
  played.details = '';
});

describe('the record of a script', () => {
  it('opens without agents, and with a script that has not begun', () => {
    const { stories, swarm } = openSwarmRecord(INPUT, FACTS);
    expect([stories, swarm?.script]).toEqual([
      [],
      {
        name: 'test',
        task: SCRIPT_TASK,
        state: 'running',
        journal: null,
        hash: '',
        phase: null,
        phases: [],
        lines: [],
        calls: 0,
        taken: 0,
        error: null,
      },
    ]);
  });

  it('gets its agents one after the other, each with its part', () => {
    const record = scripted({}, { a1: 'unverified' });
    const more = withFurther(record, [subtask('a2', { phase: 'Do', named: 'reviewer' })]);
    expect(statuses(more)).toEqual(['a1 unverified 0', 'a2 pending 0']);
    expect(more.swarm?.traits).toEqual([
      { id: 'a1', agent: 'build', touches: [] },
      { id: 'a2', agent: 'build', touches: [], phase: 'Do', named: 'reviewer' },
    ]);
  });

  it('of one that goes on keeps the agents of before as they ended', () => {
    const before = scripted({ journal: fakeRef(3) }, { a1: 'unverified', a2: 'failed' });
    const again = openSwarmRecord({ ...INPUT, carried: carriedRecord(before) }, FACTS);
    expect(statuses(again)).toEqual(['a1 unverified 0', 'a2 failed 0']);
    expect(again.swarm?.traits.map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect(again.swarm?.script).toMatchObject({ state: 'running', journal: null, calls: 0 });
  });

  it.each([
    ['has returned', { state: 'done' }, null, 'passed', 'completed with 2 agents'],
    [
      'has returned and is verified',
      { state: 'done' },
      true,
      'passed',
      'completed with 2 agents, and the merged result is verified',
    ],
    [
      'has returned, but its result is not verified',
      { state: 'done' },
      false,
      'failed',
      'completed with 2 agents, but the merged result is not verified',
    ],
    [
      'has failed in a line',
      { state: 'failed', error: { message: 'Error: out', line: 7 } },
      null,
      'failed',
      'the script failed (line 7): Error: out',
    ],
    [
      'has failed nobody knows where',
      { state: 'failed', error: { message: 'out of memory', line: null } },
      null,
      'failed',
      'the script failed: out of memory',
    ],
    ['did not end', {}, null, 'failed', 'the script failed: it did not end'],
  ] as const)('that %s says so', (...[, changes, isVerified, status, reason]) => {
    const record = scripted(changes, { a1: 'unverified', a2: 'failed' }, isVerified);
    const closed = closeScript(record, AT);
    expect([closed.status, closed.reason, closed.endedAt]).toEqual([status, reason, AT]);
    expect(closed.swarm?.isFinished).toBe('state' in changes && changes.state === 'done');
  });

  it('says when nobody has checked files that landed', () => {
    const record = { ...scripted({ state: 'done' }, { a1: 'unverified' }), headCommit: 'other' };
    expect(closeScript(record, AT).reason).toBe(
      'completed with 1 agents, nobody checked the result',
    );
  });

  it('counts no failure of an agent that the script has dealt with, and passes those that are verified', () => {
    const ends = { a1: 'unverified', a2: 'failed', a3: 'skipped' } as const;
    const closed = closeScript(scripted({ state: 'done' }, ends, true), AT);
    expect(closed.status).toBe('passed');
    expect(statuses(closed)).toEqual(['a1 passed 0', 'a2 failed 0', 'a3 skipped 0']);
  });
});
