import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentInput } from '../../../../src/domain/agent/agent.js';
import { layOutLane, withLastEvents } from '../../../../src/workflows/agent/lay-out-lane.js';
import { AgentSession } from '../../../../src/workflows/agent/session.js';
import { Coordinator } from '../../../../src/workflows/swarm/coordinator.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { agentOf, playedSwarm } from '../../../support/played-swarm.js';
import { subtask } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.patience = 2000;
  played.children.length = 0;
  played.childResult = async () => new Promise(() => undefined);
});

/** The input of the agent that a swarm of one subtask starts, and what its lane was asked of. */
async function started(): Promise<AgentInput> {
  const { swarm } = playedSwarm({ subtasks: [subtask('a')] });
  expect(swarm).toBeInstanceOf(Coordinator);
  swarm.workOff().catch(() => undefined);
  await vi.waitFor(() => expect(played.children).toHaveLength(1));
  const [child] = played.children;
  if (child === undefined) throw new Error('no child');
  return agentOf(child);
}

const begins = (input: AgentInput): NonNullable<AgentInput['begins']> => {
  if (input.begins === undefined) throw new Error('it does not begin by itself');
  return input.begins;
};

describe('an agent that lays out its lane by itself', () => {
  it('takes its prompt, its frozen profile and the events of its swarm from one local step', async () => {
    const input = await started();
    expect([input.prompt, begins(input).events.map(({ type }) => type)]).toEqual([
      undefined,
      ['story.start'],
    ]);
    const session = new AgentSession(input);
    expect(await layOutLane(session, begins(input))).toBeUndefined();
    const call = played.calls.at(-1);
    expect([call?.name, call?.isLocal]).toEqual(['beginSubtask', true]);
    expect(call?.input).toMatchObject({
      ...begins(input).with,
      key: { step: 1, index: 0 },
      events: begins(input).events,
    });
    expect(session.state.pending).toEqual([{ kind: 'user-ref', ref: fakeRef(9) }]);
    expect(session.profile).toEqual({
      ...input.profile,
      prompt: fakeRef(6),
      toolset: fakeRef(7),
    });
    // and goes on with it in a fresh run
    expect(session.carry().profile).toEqual(session.profile);
    expect(new AgentSession(session.carry()).hasBegun).toBe(true);
  });

  it('says that it had not begun where it could not', async () => {
    const input = await started();
    played.answer = () => {
      throw ApplicationFailure.nonRetryable('no lane', 'ERR_X');
    };
    const session = new AgentSession(input);
    expect(await layOutLane(session, begins(input))).toMatchObject({
      outcome: 'limit',
      reason: 'no lane',
      isUnbegun: true,
    });
  });

  it('hands its last events to its swarm, but not many', async () => {
    const input = await started();
    const session = new AgentSession(input);
    await layOutLane(session, begins(input));
    const result = session.result('done', 'done');
    expect(result).not.toHaveProperty('isUnbegun');
    expect(withLastEvents(session, result)).toBe(result);
    session.events.add('run.note', { text: 'last' });
    expect(withLastEvents(session, result).lastEvents).toEqual([
      expect.objectContaining({ text: 'last' }),
    ]);
    expect(session.events.isEmpty).toBe(true);
    for (let at = 0; at < 50; at += 1) session.events.add('run.note', { text: 'x'.repeat(100) });
    expect(withLastEvents(session, result)).toBe(result);
    expect(session.events.isEmpty).toBe(false);
  });
});
