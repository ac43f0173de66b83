import { describe, expect, it } from 'vitest';
import { forkLaneStep } from '../../../../src/activities/sub-agents/fork-lane.js';
import { ENGINE, forkPlace } from '../../../../src/activities/sub-agents/fork-place.js';
import { mergeForkStep } from '../../../../src/activities/sub-agents/merge-fork.js';
import { forkOf } from '../../../../src/domain/agent/sub-agents.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';

const LANE = { id: 'key/run-1/lane-2', workdir: 'app' };
const key = { scope: 'w', step: 1, index: 0 };

describe('the names of a fork', () => {
  it('are those of the run’s own lane and of the agents on the way', () => {
    const fork = forkOf(LANE, '3');
    expect(fork).toEqual({ id: 'key/run-1/lane-2-t3', workdir: 'app' });
    expect(forkOf(fork, '3.1')).toEqual({ id: 'key/run-1/lane-2-t3.1', workdir: 'app' });
    expect(forkPlace({ refPrefix: 'refs/codetether/lanes/run-1/lane-2' }, fork)).toEqual({
      refPrefix: 'refs/codetether/lanes/run-1/lane-2-t3',
      startRef: 'refs/codetether/lanes/run-1/lane-2-t3/start',
      workRef: 'refs/codetether/lanes/run-1/lane-2-t3/work',
      keptRef: 'refs/codetether/runs/run-1-kept/lane-2-t3',
    });
    expect(new Date(ENGINE.timestamp * 1000).getUTCFullYear()).toBe(2000);
  });

  it('are what nobody else may work on while it is made and while it comes back', () => {
    const both = { key, runId: 'run-1', events: [], lane: LANE, fork: forkOf(LANE, '1') };
    const place = { base: 'b', proven: 'b', branch: 'w', author: { name: '', email: '' } };
    expect([
      forkLaneStep.holds?.({ ...both, ...place, setup: NO_SETUP }),
      mergeForkStep.holds?.({ ...both, base: 'b', title: 't', isWanted: true }),
    ]).toEqual([
      ['key/run-1/lane-2', 'key/run-1/lane-2-t1'],
      ['key/run-1/lane-2', 'key/run-1/lane-2-t1'],
    ]);
  });
});
