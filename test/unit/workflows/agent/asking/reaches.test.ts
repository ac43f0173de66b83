import { describe, expect, it, vi } from 'vitest';
import { MOST_REACHES } from '../../../../../src/domain/agent/reach.js';
import { noteReaches } from '../../../../../src/workflows/agent/asking/reaches.js';
import { AgentSession } from '../../../../../src/workflows/agent/session.js';
import { agentInput } from '../../../../replay/scenarios.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

describe('what an agent reached for', () => {
  it('is kept once, told once, and is part of its result', () => {
    const session = new AgentSession(agentInput);
    noteReaches(session, undefined);
    expect(session.result('done', 'x')).not.toHaveProperty('reaches');
    const first = { title: 'bash: curl x', what: 'the network' };
    noteReaches(session, [first]);
    noteReaches(session, [first, { ...first, what: 'publishing' }]);
    expect(session.result('done', 'x').reaches).toEqual([first, { ...first, what: 'publishing' }]);
    const told = session.events.waiting().filter(({ type }) => type === 'wall.reach');
    expect(told.map(({ text }) => text)).toEqual([
      'bash: curl x: the network',
      'bash: curl x: publishing',
    ]);
  });

  it('is bounded: the first ones count', () => {
    const session = new AgentSession(agentInput);
    for (let at = 0; at < 200; at += 1) noteReaches(session, [{ title: `t${at}`, what: 'x' }]);
    const { reaches = [] } = session.result('done', 'x');
    expect(reaches).toHaveLength(MOST_REACHES);
    expect(reaches[0]?.title).toBe('t0');
  });
});
