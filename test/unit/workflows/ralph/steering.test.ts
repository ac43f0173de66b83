import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RUN_UPDATES, stopSignal } from '../../../../src/contracts/messages.js';
import type { StoryStatus } from '../../../../src/domain/run/story.js';
import { withStory } from '../../../../src/workflows/lib/ledger.js';
import type { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { Scheduler } from '../../../../src/workflows/ralph/scheduler.js';
import { takeRequests } from '../../../../src/workflows/ralph/steering.js';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import { playedRun } from '../../../support/played-run.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

interface Handler {
  readonly take: (input: unknown) => Promise<string>;
  readonly options: { readonly validator: (input: unknown) => void };
}

interface Steered {
  readonly state: RunState;
  readonly scheduler: Scheduler;
  readonly calls: readonly string[];
  /** Does it as the server would: refused, or taken. */
  ask(name: keyof typeof RUN_UPDATES, input?: object): Promise<string>;
  set(id: string, status: StoryStatus): void;
}

function steered(options: Partial<typeof RALPH_INPUT.options> = {}): Steered {
  const { state, fake } = playedRun({ options: { ...RALPH_INPUT.options, ...options } });
  const scheduler = new Scheduler(state);
  takeRequests(state, scheduler);
  return {
    state,
    scheduler,
    calls: fake.calls,
    async ask(name, input = {}) {
      const handler = played.handlers.get(RUN_UPDATES[name].name) as Handler | undefined;
      if (handler === undefined) throw new Error(`no handler for ${name}`);
      handler.options.validator(input);
      return handler.take(input);
    },
    set(id, status) {
      state.record = withStory(state.record, id, (entry) => ({ ...entry, status }));
    },
  };
}

/** What the update is refused with, as `CODE: message`. */
async function refusal(asked: Promise<string>): Promise<string> {
  const error: unknown = await asked.catch((reason: unknown) => reason);
  return error instanceof ApplicationFailure
    ? `${error.type ?? ''}: ${error.message}`
    : `not refused: ${String(error)}`;
}

beforeEach(() => {
  played.handlers.clear();
  played.pauses.length = 0;
  played.patience = 0;
  played.onPause = () => undefined;
});

describe('a request to a run', () => {
  it.each([
    ['skip', { story: 'US-009' }, 'ERR_STORY_UNKNOWN: the run has no story US-009'],
    ['retry', { story: 'US-001' }, 'ERR_STORY_OPEN: US-001 is pending already'],
    [
      'answer',
      { story: 'US-001', text: 'x' },
      'ERR_STORY_NOT_BLOCKED: US-001 is pending and asks nothing; only a blocked story takes an answer',
    ],
    ['add', { story: story('US-001') }, 'ERR_STORY_EXISTS: the run has a story US-001 already'],
    [
      'add',
      { story: story('US-007', { dependsOn: ['US-001', 'US-008'] }) },
      'ERR_STORY_UNKNOWN: US-007 depends on US-008, which the run has not',
    ],
  ] as const)('to %s %j is refused', async (name, input, message) => {
    const run = steered();
    const before = run.state.record;
    expect(await refusal(run.ask(name, input))).toBe(message);
    expect(run.state.record).toEqual(before);
  });

  it('for a story that has passed is refused, whatever it asks', async () => {
    const run = steered();
    run.set('US-001', 'passed');
    expect(await refusal(run.ask('skip', { story: 'US-001' }))).toBe(
      'ERR_STORY_DONE: US-001 is passed and cannot be skipped',
    );
    expect(await refusal(run.ask('retry', { story: 'US-001' }))).toBe(
      'ERR_STORY_DONE: US-001 is passed and cannot be tried again',
    );
  });

  it('that is malformed is refused before anything happens', async () => {
    expect(await refusal(steered().ask('skip', { story: 7 }))).toMatch(/^ERR_REQUEST_INVALID: /);
  });

  it('is refused when the run has ended', async () => {
    const run = steered();
    run.state.record = { ...run.state.record, status: 'failed', endedAt: '2026-01-02T04:00:00Z' };
    expect(await refusal(run.ask('pause', { reason: '' }))).toBe(
      'ERR_RUN_ENDED: the run has ended: failed',
    );
  });
});

describe('the stories of a run', () => {
  it('are skipped, opened again with new attempts, and added', async () => {
    const run = steered();
    expect(await run.ask('skip', { story: 'US-001' })).toBe('US-001 is skipped');
    expect(run.state.entry('US-001')).toMatchObject({
      status: 'skipped',
      reason: 'skipped by request',
    });
    expect(await run.ask('retry', { story: 'US-001' })).toBe(
      'US-001 is open again with 2 attempts',
    );
    expect(run.state.entry('US-001')?.status).toBe('pending');
    expect(await run.ask('add', { story: story('US-004', { dependsOn: ['US-001'] }) })).toBe(
      'US-004 is added',
    );
    expect(run.state.entry('US-004')).toMatchObject({ status: 'pending', attempts: [] });
    // Two more attempts for each of both.
    expect(run.state.record.options.maxIterations).toBe(24);
  });

  it('that are blocked go on with the answer of a person', async () => {
    const run = steered();
    run.state.record = withStory(run.state.record, 'US-001', (entry) => ({
      ...entry,
      status: 'blocked',
      attempts: [attemptRecord({ outcome: 'blocked' })],
    }));
    expect(await run.ask('answer', { story: 'US-001', text: 'use the old key' })).toBe(
      'US-001 goes on with the answer',
    );
    expect(run.calls).toContain(
      'storeText The person who owns this work answers:\nuse the old key',
    );
    expect(run.state.entry('US-001')).toMatchObject({ status: 'pending', extraAttempts: 1 });
  });

  it('take an answer for the call that asks, and none for another', async () => {
    const run = steered();
    run.set('US-001', 'running');
    const { children } = run.scheduler;
    const tell = (question: 'open' | 'unanswered', ask?: string): void =>
      children.asking.note('US-001', { question, ...(ask === undefined ? {} : { ask }) });
    tell('open', 'b');
    const answer = (call?: string) =>
      run.ask('answer', { story: 'US-001', text: 'yes', ...(call === undefined ? {} : { call }) });
    expect(await refusal(answer('a'))).toMatch(/^ERR_ASK_OTHER: US-001 does not ask that any more/);
    expect(children.isAsking('US-001')).toBe(true);
    expect(await answer('b')).toBe('US-001 goes on with the answer');
    // the second tap of the same answer meets nothing
    expect(await refusal(answer('b'))).toMatch(/^ERR_STORY_NOT_BLOCKED: /);
    tell('open', 'c');
    expect(await refusal(answer('b'))).toMatch(/^ERR_ASK_OTHER: /);
    expect(await answer()).toBe('US-001 goes on with the answer');
    // an agent of an earlier version does not say what it asks
    tell('open');
    expect(await answer('d')).toBe('US-001 goes on with the answer');
  });

  it('that were set aside for a yes take the one to that call alone', async () => {
    const run = steered();
    const question = { question: 'May it?', options: ['yes', 'no'], grants: ['call b'] };
    run.state.record = withStory(run.state.record, 'US-001', (entry) => ({
      ...entry,
      status: 'blocked',
      attempts: [attemptRecord({ outcome: 'blocked', question })],
    }));
    const answer = (call: string) => run.ask('answer', { story: 'US-001', text: 'yes', call });
    expect(await refusal(answer('a'))).toMatch(/^ERR_ASK_OTHER: /);
    expect(await answer('b')).toBe('US-001 goes on with the answer');
    expect(run.state.entry('US-001')?.granted).toEqual(['call b']);
  });

  it('take changes that a person wants also while they are worked on', async () => {
    const run = steered();
    run.set('US-001', 'running');
    played.isOwnerGone = true;
    expect(await run.ask('changes', { story: 'US-001', text: 'shorter' })).toMatch(
      /^US-001 is tried again .* when this attempt has ended$/,
    );
    played.isOwnerGone = false;
    expect(run.scheduler.feedback.textFor('US-001')).toBe('shorter');
    expect(await refusal(run.ask('changes', { story: 'US-009', text: 'x' }))).toMatch(
      /^ERR_STORY_UNKNOWN: /,
    );
  });

  it('wake the scheduler when the request is answered', async () => {
    const run = steered();
    run.state.takeNews();
    await run.ask('skip', { story: 'US-001' });
    expect(run.state.isAwake).toBe(true);
  });
});

describe('a pause', () => {
  it('is told once, with its reason, and ended by a resume', async () => {
    const run = steered();
    expect(await run.ask('pause', { reason: 'lunch' })).toMatch(/^paused: /);
    expect(run.state.standstills.show(0)).toMatchObject({
      status: 'paused',
      standstill: { reason: 'lunch' },
    });
    expect(await run.ask('pause', { reason: '' })).toBe('the run is paused already');
    expect(await run.ask('resume')).toBe('goes on; budget: no limit');
    expect(run.state.standstills.isPaused).toBe(false);
  });

  it('can be ended with another budget, which the record shows', async () => {
    const run = steered({ budget: { ...NO_BUDGET, calls: 3 } });
    await run.ask('pause', { reason: '' });
    expect(await run.ask('resume', { budget: { calls: 8 } })).toBe(
      'goes on; budget: 8 model calls',
    );
    expect(run.state.record.options.budget).toEqual({ ...NO_BUDGET, calls: 8 });
  });

  it('begins at the moment that was asked for', async () => {
    const until = '2026-01-02T03:04:05.000Z';
    const run = steered({ until });
    await expect
      .poll(() => run.state.standstills.show(0).standstill?.reason)
      .toBe(`--until ${until} is reached`);
  });
});

describe('a stop', () => {
  it('is noted for the end of the run', () => {
    const run = steered();
    const { take } = played.handlers.get(stopSignal.name) as unknown as { take: () => void };
    take();
    expect(run.state.isStopWanted).toBe(true);
  });
});
