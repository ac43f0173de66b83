import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  RalphInput,
  StoryInput,
  StoryResult,
} from '../../../../src/contracts/workflow-types.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { isSatisfied } from '../../../../src/domain/run/story.js';
import { Scheduler } from '../../../../src/workflows/ralph/scheduler.js';
import type { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { fakeProof, fakeRef, type FakeScript } from '../../../support/fake-activities.js';
import { playedRun, storyResult, terminatedChild } from '../../../support/played-run.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played, type PlayedChild } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const lanes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    lane: { id: `r/1/lane-${index + 1}`, workdir: '.' },
    proofLane: { id: `r/1/proof-${index + 1}`, workdir: '.' },
  }));

type Attempt = (input: StoryInput, child: PlayedChild) => Promise<StoryResult> | StoryResult;

interface Run {
  readonly state: RunState;
  readonly scheduler: Scheduler;
  readonly calls: readonly string[];
}

function open(
  attempt: Attempt,
  changes: Partial<RalphInput> & { readonly lanes?: number; readonly script?: FakeScript } = {},
): Run {
  const { lanes: count = 1, script, ...input } = changes;
  const { state, fake } = playedRun(input, script);
  played.childResult = async (child) => attempt(child.options.args[0] as StoryInput, child);
  const scheduler = new Scheduler(state);
  const [first = { lane: { id: '', workdir: '.' }, proofLane: { id: '', workdir: '.' } }] =
    lanes(1);
  scheduler.open({ ...first, lanes: lanes(count), statePaths: ['prd.json'], sandbox: 'full' });
  return { state, scheduler, calls: fake.calls };
}

const statuses = ({ state }: Run): string[] =>
  state.record.stories.map(({ story: { id }, status }) => `${id} ${status}`);

beforeEach(() => {
  played.children.length = 0;
  played.patience = 2000;
  played.onPause = () => undefined;
});

describe('the stories of a run', () => {
  it('are worked off by priority and dependency, each on the commit of the one before', async () => {
    const bases: string[] = [];
    const run = open((input) => {
      bases.push(`${input.story.id} on ${input.base} in ${input.lane.id}`);
      return storyResult(input);
    });
    await run.scheduler.workOff();
    expect(bases).toEqual([
      'US-001 on base in r/1/lane-1',
      'US-002 on commit-1 in r/1/lane-1',
      'US-003 on commit-2 in r/1/lane-1',
    ]);
    expect(statuses(run)).toEqual(['US-001 passed', 'US-002 passed', 'US-003 passed']);
    expect(run.state.record.headCommit).toBe('commit-3');
  });

  it('take what was wrong with an attempt into the next one, and fail with the last', async () => {
    const feedback: unknown[] = [];
    const run = open(
      (input) => {
        feedback.push(input.feedback);
        return storyResult(input, fakeProof('failed'), { outcome: 'checks_failed', reason: 'red' });
      },
      { stories: [story('US-001'), story('US-002', { dependsOn: ['US-001'] })] },
    );
    await run.scheduler.workOff();
    expect(feedback).toEqual([null, fakeRef(77)]);
    expect(statuses(run)).toEqual(['US-001 failed', 'US-002 waiting_on_dependency']);
    expect(run.state.entry('US-002')?.reason).toBe('waits for US-001');
  });

  it('that need no change are settled without a commit, and let others begin', async () => {
    const run = open((input) =>
      input.story.id === 'US-001'
        ? storyResult(input, fakeProof('already-satisfied'), { outcome: 'already_satisfied' })
        : storyResult(input),
    );
    await run.scheduler.workOff();
    expect(run.calls.filter((call) => /^(settle|land)/.test(call))).toEqual([
      'settleStory US-001',
      'landStory US-002',
      'landStory US-003',
    ]);
  });

  it('that are blocked stop at once, with attempts left', async () => {
    const run = open(
      (input) => storyResult(input, null, { outcome: 'blocked', reason: 'no key' }),
      {
        stories: [story('US-001')],
      },
    );
    await run.scheduler.workOff();
    expect(run.state.entry('US-001')).toMatchObject({ status: 'blocked', reason: 'no key' });
    expect(played.children).toHaveLength(1);
  });

  it('name each model that stood in for the chosen one, once', async () => {
    const run = open(
      (input) => {
        const result = storyResult(input);
        return { ...result, agent: { ...result.agent, stoodIn: ['other/two'] } };
      },
      { stories: [story('US-001')] },
    );
    await run.scheduler.workOff();
    expect(run.state.record.notes).toEqual([
      'US-001: other/two answered in place of the chosen model',
    ]);
  });
});

describe('a story that a person skips', () => {
  it('ends while its agent works, and the others go on', async () => {
    const run = open(async (input, { whenCancelled }) => {
      if (input.story.id !== 'US-001') return storyResult(input);
      expect(run.scheduler.skipRunning('US-001')).toBe(true);
      await whenCancelled;
      throw new CancelledFailure('cancelled');
    });
    await run.scheduler.workOff();
    expect(statuses(run)).toEqual([
      'US-001 skipped',
      'US-002 waiting_on_dependency',
      'US-003 passed',
    ]);
    expect(run.scheduler.skipRunning('US-001')).toBe(false);
  });

  it('counts what its agent spent that could still say so', async () => {
    const spending = { ...ZERO_SPENDING, modelCalls: 3 };
    const run = open(
      async (input, { whenCancelled }) => {
        run.scheduler.skipRunning('US-001');
        await whenCancelled;
        return storyResult(input, null, { outcome: 'cancelled', spending });
      },
      { stories: [story('US-001')] },
    );
    await run.scheduler.workOff();
    expect(run.state.entry('US-001')).toMatchObject({
      status: 'skipped',
      reason: 'skipped by request',
      attempts: [{ outcome: 'cancelled', spending }],
    });
  });
});

describe('an attempt that was ended from outside', () => {
  it.each([
    ['terminated', () => Promise.reject(terminatedChild()), 'terminated by Temporal operator'],
    [
      'cancelled',
      (input: StoryInput) => storyResult(input, null, { outcome: 'cancelled' }),
      'cancelled by Temporal operator',
    ],
  ])('because it was %s, uses no attempt up and pauses the run', async (_how, end, reason) => {
    let isFirst = true;
    const run = open(
      (input) => {
        if (!isFirst) return storyResult(input);
        isFirst = false;
        return end(input);
      },
      { stories: [story('US-001')] },
    );
    played.onPause = () => {
      expect(run.state.standstills.show(0)).toMatchObject({
        status: 'paused',
        standstill: { reason: `US-001 was ${reason}` },
      });
      run.scheduler.setPaused(null, '2026-01-02T03:04:05.000Z');
    };
    await run.scheduler.workOff();
    expect(run.state.entry('US-001')).toMatchObject({
      status: 'passed',
      extraAttempts: 1,
      attempts: [{ outcome: 'cancelled', reason }, { outcome: 'passed' }],
    });
  });
});

describe('a fault of the machinery', () => {
  it('ends the run only when the other stories have ended, and starts none', async () => {
    const fault = new Error('the disk is gone');
    const run = open(
      async (input) => {
        while (played.children.length < 2) await nextTurn();
        if (input.story.id === 'US-001') throw fault;
        for (let turn = 0; turn < 5; turn += 1) await nextTurn();
        return storyResult(input);
      },
      { stories: [story('US-001'), story('US-002'), story('US-003')], lanes: 2 },
    );
    await expect(run.scheduler.workOff()).rejects.toBe(fault);
    expect(played.children.map(({ options }) => (options.args[0] as StoryInput).story.id)).toEqual([
      'US-001',
      'US-002',
    ]);
    expect(statuses(run)).toEqual(['US-001 running', 'US-002 passed', 'US-003 pending']);
  });

  it('while a proven attempt is landed keeps what it spent', async () => {
    const run = open((input) => storyResult(input), { stories: [story('US-001')] });
    const answer = played.answer;
    played.answer = (call) => {
      if (call.name === 'landStory') throw new Error('no room');
      return answer(call);
    };
    await expect(run.scheduler.workOff()).rejects.toThrow('no room');
    expect(run.state.entry('US-001')).toMatchObject({
      status: 'pending',
      attempts: [{ outcome: 'passed' }],
    });
  });
});

describe('a failed attempt that is still being noted', () => {
  it('is the story’s only one, though a lane is free and others end', async () => {
    const begun: string[] = [];
    const run = open(
      (input) => {
        const { id } = input.story;
        begun.push(`${id} ${input.attempt} ${input.feedback === null ? 'alone' : 'told'}`);
        const isGood = id === 'US-002' || input.attempt === 2;
        return storyResult(input, fakeProof(isGood ? 'passed' : 'failed'), {
          outcome: isGood ? 'passed' : 'checks_failed',
        });
      },
      { stories: [story('US-001'), story('US-002')], lanes: 2 },
    );
    const answer = played.answer;
    played.answer = async (call) => {
      if (call.name === 'noteAttempt')
        while (run.state.entry('US-002')?.status !== 'passed') await nextTurn();
      for (let turn = 0; call.name === 'noteAttempt' && turn < 20; turn += 1) await nextTurn();
      return answer(call);
    };
    await run.scheduler.workOff();
    expect(begun).toEqual(['US-001 1 alone', 'US-002 1 alone', 'US-001 2 told']);
    expect(statuses(run)).toEqual(['US-001 passed', 'US-002 passed']);
  });
});

const OUTCOMES = ['passed', 'passed', 'failed', 'blocked', 'satisfied', 'unverified'] as const;
type Outcome = (typeof OUTCOMES)[number];

function ended(input: StoryInput, outcome: Outcome): StoryResult {
  switch (outcome) {
    case 'passed':
      return storyResult(input);
    case 'unverified':
      return storyResult(input, fakeProof('unverified'), { outcome: 'unverified' });
    case 'satisfied':
      return storyResult(input, fakeProof('already-satisfied'), { outcome: 'already_satisfied' });
    case 'blocked':
      return storyResult(input, null, { outcome: 'blocked' });
    case 'failed':
      return storyResult(input, fakeProof('failed'), { outcome: 'checks_failed' });
  }
}

/** A graph of stories, how their attempts end in turn, and after how many turns of the loop. */
const plans = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(20), { maxLength: 2 }),
      priority: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((nodes) =>
    nodes.map(({ needs, priority }, index) =>
      story(`US-${index + 1}`, {
        priority,
        dependsOn: index === 0 ? [] : [...new Set(needs.map((need) => `US-${(need % index) + 1}`))],
      }),
    ),
  );

describe('any run', () => {
  it('keeps its lanes, dependencies and limits, lands one commit after the other, and leaves no story that can start', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          stories: plans,
          laneCount: fc.integer({ min: 1, max: 3 }),
          maxAttempts: fc.integer({ min: 1, max: 3 }),
          maxIterations: fc.integer({ min: 1, max: 12 }),
          ends: fc.infiniteStream(fc.tuple(fc.constantFrom(...OUTCOMES), fc.nat(4))),
        }),
        async ({ stories, laneCount, maxAttempts, maxIterations, ends }) => {
          played.children.length = 0;
          const options = { ...RALPH_INPUT.options, maxAttempts, maxIterations };
          const inUse = new Set<string>();
          const run = open(
            async (input) => {
              const { id, dependsOn } = input.story;
              expect(inUse).not.toContain(input.lane.id);
              inUse.add(input.lane.id);
              expect(inUse.size).toBeLessThanOrEqual(laneCount);
              for (const need of dependsOn)
                expect(isSatisfied(run.state.entry(need)?.status ?? 'pending')).toBe(true);
              expect(run.state.entry(id)?.attempts.length).toBe(input.attempt - 1);
              const [outcome, turns] = ends.next().value as [Outcome, number];
              for (let turn = 0; turn < turns; turn += 1) await nextTurn();
              inUse.delete(input.lane.id);
              return ended(input, outcome);
            },
            { stories, options, lanes: laneCount },
          );
          await run.scheduler.workOff();
          const { record } = run.state;
          const started = record.stories.flatMap(({ attempts }) => attempts).length;
          expect(started).toBe(played.children.length);
          expect(started).toBeLessThanOrEqual(maxIterations);
          const ids = played.children.map(({ options: { workflowId } }) => workflowId);
          expect(new Set(ids).size).toBe(ids.length);
          const landed = run.calls.filter((call) => call.startsWith('landStory'));
          expect(record.headCommit).toBe(landed.length === 0 ? 'base' : `commit-${landed.length}`);
          for (const { story: own, status, attempts } of record.stories) {
            expect(attempts.length).toBeLessThanOrEqual(maxAttempts);
            expect(status).not.toBe('running');
            const isFree = own.dependsOn.every((need) =>
              isSatisfied(run.state.entry(need)?.status ?? 'pending'),
            );
            if (status === 'pending' && isFree) expect(started).toBe(maxIterations);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
