import type { Steps } from '../../../../src/workflows/lib/step.js';
import { defineSignal, type CancellationScope } from '@temporalio/workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryInput } from '../../../../src/contracts/workflow-types.js';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { ActiveStories } from '../../../../src/workflows/ralph/active-stories.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const INPUT = {
  runId: 'run-1',
  story: story('US-1'),
  attempt: 2,
  branch: 'feature/work',
  checks: [],
  options: RALPH_INPUT.options,
} as unknown as StoryInput;
const spending = { ...ZERO_SPENDING, turns: 3 };

function working(id = 'US-1') {
  const active = new ActiveStories();
  const cancelled: string[] = [];
  const scope = { cancel: () => void cancelled.push(id) } as unknown as CancellationScope;
  active.add(id, { scope, task: Promise.resolve() });
  return { active, cancelled };
}

beforeEach(() => {
  played.children.length = 0;
  played.childResult = async () => ({ attempt: { spending } });
});

/** Nobody has taken the ids of these children, so that no step is needed. */
const NO_STEPS = {} as unknown as Steps;

describe('the stories that are worked on', () => {
  it('are skipped by ending their attempt; one that nobody works on is not', () => {
    const { active, cancelled } = working();
    expect([active.skip('US-2'), active.isSkipped('US-2')]).toEqual([false, false]);
    expect([active.skip('US-1'), active.isSkipped('US-1'), cancelled]).toEqual([
      true,
      true,
      ['US-1'],
    ]);
    active.remove('US-1');
    expect([active.size, active.isSkipped('US-1')]).toEqual([0, false]);
  });

  it('are known by the child workflow that works on them', () => {
    const { active } = working();
    expect([active.holderOf('US-1'), active.storyOf('child')]).toEqual(['US-1', undefined]);
    active.setHolder('US-1', 'child');
    expect([active.holderOf('US-1'), active.storyOf('child')]).toEqual(['child', 'US-1']);
    active.remove('US-1');
    expect(active.storyOf('child')).toBeUndefined();
  });

  it('hand an agent what was granted before it had started', async () => {
    const { active } = working();
    const added = { ...NO_BUDGET, calls: 5 };
    active.grant('US-1', added);
    active.grant('US-9', added);
    await active.run(INPUT, 'child-1', { isPaused: () => false, steps: NO_STEPS });
    expect(played.children).toMatchObject([
      { type: 'storyWorkflow', options: { workflowId: 'child-1', args: [INPUT] } },
    ]);
    expect(played.children[0]?.signals).toEqual([[expect.any(String), { added }]]);
  });

  it('tell an agent that the run was paused while it started', async () => {
    const { active } = working();
    await active.run(INPUT, 'child-1', { isPaused: () => true, steps: NO_STEPS });
    await active.run({ ...INPUT, isPaused: true }, 'child-2', {
      isPaused: () => true,
      steps: NO_STEPS,
    });
    expect(played.children.map(({ signals }) => signals.length)).toEqual([1, 0]);
  });

  it('sum what the agents of one attempt spent', async () => {
    const { active } = working();
    expect(active.spent('US-1')).toEqual(ZERO_SPENDING);
    await active.run(INPUT, 'child-1', { isPaused: () => false, steps: NO_STEPS });
    await active.run(INPUT, 'child-2', { isPaused: () => false, steps: NO_STEPS });
    expect(active.spent('US-1').turns).toBe(6);
  });

  it('get no word of an agent that has ended before them', async () => {
    const { active } = working();
    await active.run(INPUT, 'child-1', { isPaused: () => false, steps: NO_STEPS });
    const signal = defineSignal('word');
    active.tellAll(signal);
    expect(played.children[0]?.signals).toEqual([['word', undefined]]);
    let early: unknown;
    played.childResult = async () => {
      early = [...(played.children[1]?.signals ?? [])];
      return { attempt: { spending } };
    };
    await active.run(INPUT, 'child-2', { isPaused: () => false, steps: NO_STEPS });
    expect(early).toEqual([]);
  });

  it('are all cancelled, and waited for', async () => {
    const { active, cancelled } = working();
    let isOver = false;
    const scope = { cancel: () => void cancelled.push('US-2') } as unknown as CancellationScope;
    const task = (async () => {
      await Promise.resolve();
      isOver = true;
    })();
    active.add('US-2', { scope, task });
    active.cancelAll();
    await active.ended();
    expect([cancelled, isOver]).toEqual([['US-1', 'US-2'], true]);
  });
});
