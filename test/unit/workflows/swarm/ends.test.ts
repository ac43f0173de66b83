import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { parsedInput } from '../../../../src/workflows/lib/handlers.js';
import { askJudges } from '../../../../src/workflows/swarm/judges.js';
import { keepLane, keepTree } from '../../../../src/workflows/swarm/kept-work.js';
import { publish, publishAtEnd } from '../../../../src/workflows/swarm/publication.js';
import { agentEnd, agentOf, playedSwarm } from '../../../support/played-swarm.js';
import { subtask } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.patience = 2000;
  played.children.length = 0;
});

const refuses = (): never => {
  throw ApplicationFailure.nonRetryable('the branch is locked', 'ERR_PUBLISH_FAILED');
};

describe('what landed', () => {
  const landed = (script: Parameters<typeof playedSwarm>[1] = {}) => {
    const swarm = playedSwarm({}, script);
    swarm.state.record = { ...swarm.state.record, headCommit: 'head-1' };
    return swarm;
  };

  it('is published once, and again only when more has landed', async () => {
    const { state, fake } = landed();
    await publish(state);
    await publishAtEnd(state);
    state.record = { ...state.record, headCommit: 'head-2' };
    await publishAtEnd(state);
    expect(fake.calls.filter((name) => name.startsWith('publish'))).toEqual([
      'publishSwarm head-1',
      'publishSwarm head-2',
    ]);
    expect(state.record.publishedBranch).toBe('swarm/task');
  });

  it('is nothing where nothing landed, or where there are no files', async () => {
    const { state, fake } = playedSwarm();
    await publishAtEnd(state);
    const without = playedSwarm({ hasFiles: false });
    without.state.record = { ...without.state.record, headCommit: 'head-1' };
    await publish(without.state);
    expect([...fake.calls, ...without.fake.calls]).toEqual([]);
  });

  it('is not tried again where it could not be published, but is where that was cancelled', async () => {
    const broken = landed({ publish: refuses });
    await expect(publish(broken.state)).rejects.toThrow('locked');
    await publishAtEnd(broken.state);
    expect(broken.fake.calls).toEqual(['publishSwarm head-1']);
    let tries = 0;
    const cancelled = landed({
      publish: () => {
        tries += 1;
        if (tries === 1) throw new CancelledFailure('cancelled');
      },
    });
    await expect(publish(cancelled.state)).rejects.toThrow('cancelled');
    await publishAtEnd(cancelled.state);
    expect(cancelled.state.record.publishedBranch).toBe('swarm/task');
  });

  it('that cannot be published at an end is said in a note', async () => {
    const { state } = landed({ publish: refuses });
    await publishAtEnd(state);
    expect(state.record.notes).toEqual([
      'what landed is on no branch: the branch is locked; swarm retry goes on with it',
    ]);
  });
});

describe('what did not land', () => {
  const lane = { id: 'lane-0', workdir: '.' };
  const work = (agent: 'build' | 'explore' = 'build') => ({
    subtask: subtask('a', { agent }),
    title: 'Do a',
    attempt: 2,
    base: 'base',
  });

  it('is kept from its lane or from its tree, of agents that write only', async () => {
    const { state, fake } = playedSwarm({}, { left: () => 'kept/a' });
    expect([
      await keepLane(state, { ...work(), lane }),
      await keepLane(state, { ...work('explore'), lane }),
      await keepTree(state, { ...work(), tree: 'own' }),
    ]).toEqual(['kept/a', undefined, 'swarm/task-a']);
    expect(fake.calls).toEqual(['keepUnlanded a 2 lane-0', 'keepSubtask a own']);
  });

  it('is not kept by the rules of before', async () => {
    const { state, fake } = playedSwarm({ edition: 1 }, { left: () => 'kept/a' });
    expect(await keepLane(state, { ...work(), lane })).toBeUndefined();
    expect(fake.calls).toEqual([]);
  });
});

describe('judges', () => {
  it('pass a result when more than half of them say so, whatever becomes of the others', async () => {
    played.childResult = async (child) => {
      const { story } = agentOf(child);
      if (story === 'judge-1') throw ApplicationFailure.nonRetryable('gone', 'ERR_X');
      return agentEnd('done', {
        summary: story === 'judge-4' ? 'I think so' : 'VERDICT: PASS\nok',
      });
    };
    const three = playedSwarm({ verify: 3 });
    expect(await askJudges(three.state, three.swarm)).toBe(true);
    expect(three.state.record.swarm?.judgements?.map(({ verdict }) => verdict)).toEqual([
      'none',
      'pass',
      'pass',
    ]);
    expect(three.state.record.overhead?.modelCalls).toBe(2);
    const four = playedSwarm({ verify: 4 });
    expect(await askJudges(four.state, four.swarm)).toBe(false);
  });

  it('by the rules of before end the swarm when one of them fails', async () => {
    played.childResult = async () => {
      throw ApplicationFailure.nonRetryable('gone', 'ERR_X');
    };
    const { state, swarm } = playedSwarm({ verify: 1, edition: 1 });
    await expect(askJudges(state, swarm)).rejects.toThrow('gone');
  });
});

it('an input that cannot be read ends its workflow, and says what is wrong', () => {
  const schema = z.object({ a: z.number(), b: z.array(z.string()) });
  expect(parsedInput(schema, { a: 1, b: ['x'] })).toEqual({ a: 1, b: ['x'] });
  expect(() => parsedInput(schema, { a: 'x', b: [1] })).toThrow(
    expect.objectContaining({
      type: 'ERR_WORKFLOW_INPUT_INVALID',
      nonRetryable: true,
      message: expect.stringMatching(/cannot read its input: a: .*; b\.0: /),
    }),
  );
});
