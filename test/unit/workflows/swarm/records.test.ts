import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { reopenStory } from '../../../../src/workflows/lib/ledger.js';
import { attemptRecord } from '../../../../src/workflows/lib/ledger.js';
import { rowOf } from '../../../../src/workflows/swarm/row-work.js';
import { profileOfSubtask } from '../../../../src/workflows/swarm/begin-attempt.js';
import { showSwarm } from '../../../../src/workflows/swarm/swarm-details.js';
import {
  closeDryRun,
  closeSwarm,
  openSwarmRecord,
} from '../../../../src/workflows/swarm/swarm-record.js';
import { SwarmState } from '../../../../src/workflows/swarm/swarm-state.js';
import { statuses } from '../../../support/ralph-workflow.js';
import { subtask, SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const AT = '2026-01-02T03:04:05.000Z';
const FACTS = { workflowId: 'workflow-1', startedAt: AT };
const fresh = () => openSwarmRecord(SWARM_INPUT, FACTS);
const ended = (of: Readonly<Record<string, 'unverified' | 'failed'>>) => {
  const record = fresh();
  const stories = record.stories.map((entry) => ({
    ...entry,
    status: of[entry.story.id] ?? entry.status,
  }));
  return { ...record, stories };
};

beforeEach(() => {
  played.details = '';
});

describe('the record of a swarm', () => {
  it('that goes on keeps what ended well, and opens the rest or only what was named', () => {
    const carried = ended({ a: 'unverified', b: 'failed', c: 'failed' });
    const all = openSwarmRecord({ ...SWARM_INPUT, carried }, FACTS);
    const some = openSwarmRecord({ ...SWARM_INPUT, carried, reopen: ['b'] }, FACTS);
    expect(statuses(all)).toEqual(['a unverified 0', 'b pending 0', 'c pending 0', 'd pending 0']);
    expect(statuses(some)).toEqual(['a unverified 0', 'b pending 0', 'c failed 0', 'd pending 0']);
  });

  it('closes by what became of its subtasks and by what was checked', () => {
    const good = { a: 'unverified', b: 'unverified', c: 'unverified', d: 'unverified' } as const;
    const closed = closeSwarm(ended(good), AT);
    expect([closed.status, closed.swarm?.isFinished, closed.reason]).toEqual([
      'passed',
      true,
      'all 4 subtasks done',
    ]);
    expect(closeSwarm(ended({ ...good, d: 'failed' }), AT)).toMatchObject({
      status: 'failed',
      reason: '3 of 4 subtasks done',
    });
    expect(closeDryRun(fresh(), AT)).toMatchObject({
      status: 'passed',
      reason: 'dry run: planned 4 subtasks',
    });
  });

  it('opens a subtask again with what waited for it', () => {
    const record = ended({ a: 'failed' });
    const waiting = record.stories.map((entry) =>
      entry.story.id === 'b' ? { ...entry, status: 'waiting_on_dependency' as const } : entry,
    );
    expect(statuses(reopenStory({ ...record, stories: waiting }, 'a'))).toEqual([
      'a pending 0',
      'b pending 0',
      'c pending 0',
      'd pending 0',
    ]);
  });

  it('shows in Temporal how it stands, hostile text escaped', () => {
    const record = fresh();
    showSwarm({ ...record, feature: 'a | <b>' });
    expect(played.details).toContain('0 of 4 subtasks done, 0 at work');
    expect(played.details).not.toContain('<b>');
  });

  it('is written once for every twentieth of its subtasks, and shown once a moment', async () => {
    const state = new SwarmState(SWARM_INPUT, fresh());
    state.plan([subtask('x'), subtask('y')]);
    await Promise.resolve();
    expect([state.subtask('x')?.instruction, state.round]).toEqual(['Do x', 1]);
    expect(played.details).toContain('0 of 2 subtasks done');
  });
});

describe('a subtask', () => {
  it('has an attempt that took the time from its start', () => {
    const facts = {
      number: 1,
      outcome: 'unverified',
      reason: '',
      spending: ZERO_SPENDING,
    } as const;
    const record = attemptRecord({ ...facts, startedAt: AT });
    expect(record.durationMs).toBe(Date.parse(record.endedAt) - Date.parse(AT));
  });

  it('that is row 17 of a table is line 16, counted from 0', () => {
    expect(rowOf('row-17')).toBe(16);
  });

  it('has tools of its kind of agent, and none without files', () => {
    const at = (agent: 'build' | 'explore' | 'row', hasFiles: boolean) =>
      profileOfSubtask(agent, { hasFiles, maxTurns: 3 });
    expect([at('explore', true).isReadOnly, at('build', true).isReadOnly]).toEqual([
      true,
      undefined,
    ]);
    expect([at('build', false).tools, at('row', true).tools]).toEqual([[], []]);
  });
});
