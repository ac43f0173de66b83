import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { lostAttempt, withStory } from '../../../../src/workflows/lib/ledger.js';
import {
  askChanges,
  reopenWithAnswer,
  reopenWithChanges,
  takeLateAnswer,
  takeLateChanges,
} from '../../../../src/workflows/ralph/answers.js';
import { openRecord } from '../../../../src/workflows/ralph/ledger.js';
import { RunState } from '../../../../src/workflows/ralph/run-state.js';
import { StoryFeedback } from '../../../../src/workflows/ralph/story-feedback.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { story } from '../../../support/stories.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const FEEDBACK = { digest: 'f'.repeat(64), bytes: 1 };

beforeEach(() => {
  played.calls.length = 0;
  played.unpatched = new Set();
  played.answer = ({ name }) => (name === 'reopenStory' ? { notes: ['note'] } : FEEDBACK);
});

function openState(status: StoryRecord['status']): RunState {
  const input = { ...RALPH_INPUT, stories: [story('US-001')] };
  const startedAt = '2026-01-02T03:04:05.000Z';
  const facts = { workflowId: 'w', startedAt, sandbox: 'full' };
  const state = new RunState(input, openRecord(input, facts));
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry) => ({ ...entry, status })),
  };
  return state;
}

function setStatus(state: RunState, status: StoryRecord['status']): void {
  state.record = withStory(state.record, 'US-001', (entry) => ({ ...entry, status }));
}

async function late(status: StoryRecord['status'], text: string | undefined, asked: boolean) {
  const input = { ...RALPH_INPUT, stories: [story('US-001')] };
  const startedAt = '2026-01-02T03:04:05.000Z';
  const state = new RunState(
    input,
    openRecord(input, { workflowId: 'w', startedAt, sandbox: 'full' }),
  );
  const attempt = {
    ...lostAttempt(state.record, 'US-001', startedAt),
    ...(asked ? { question: { question: 'Which port?', options: [] } } : {}),
  };
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry) => ({ ...entry, status, attempts: [attempt] })),
  };
  const feedback = new StoryFeedback();
  const children = { lateAnswer: () => text };
  await takeLateAnswer(state, { feedback, children }, { story: 'US-001', attempt });
  return { given: feedback.of('US-001'), status: state.entry('US-001')?.status };
}

describe('an answer that came while its agent gave up', () => {
  it('opens the story again with it', async () => {
    expect(await late('blocked', 'yes', true)).toEqual({
      given: FEEDBACK,
      status: 'pending',
    });
  });

  it.each([
    { when: 'there is none', status: 'blocked', text: undefined, asked: true },
    { when: 'the story asked nothing in the end', status: 'blocked', text: 'yes', asked: false },
    { when: 'the story has passed', status: 'passed', text: 'yes', asked: true },
  ] as const)('changes nothing where $when', async ({ status, text, asked }) => {
    expect(await late(status, text, asked)).toEqual({ given: null, status });
  });
});

/** Agents of stories: none is at work. */
const NOBODY = { isAsking: () => false, say: () => Promise.resolve(false) };

const CHANGES = { story: 'US-001', text: 'src/a.ts line 3: shorter' };

describe('changes that a person asks for', () => {
  it.each(['passed', 'already_satisfied', 'unverified', 'failed', 'blocked', 'skipped'] as const)(
    'open a story again that is %s, with what is to be changed',
    async (status) => {
      const state = openState(status);
      const feedback = new StoryFeedback();
      await reopenWithChanges(state, { feedback, children: NOBODY }, CHANGES);
      expect(state.entry('US-001')).toMatchObject({ status: 'pending', reason: '' });
      expect(feedback.of('US-001')).toEqual(FEEDBACK);
      expect(feedback.askedOf('US-001')).toEqual({ asked: CHANGES.text });
    },
  );

  it('keep a landed story called passed, so that the PRD does not tick it again at once', async () => {
    const state = openState('passed');
    await reopenWithChanges(state, { feedback: new StoryFeedback(), children: NOBODY }, CHANGES);
    expect(state.entry('US-001')?.story.passes).toBe(true);
    const failed = openState('failed');
    await reopenWithChanges(failed, { feedback: new StoryFeedback(), children: NOBODY }, CHANGES);
    expect(failed.entry('US-001')?.story.passes).toBe(false);
  });

  it.each(['pending', 'running'] as const)(
    'are told to the next attempt of a story that is %s, and grant it no more attempts',
    async (status) => {
      const state = openState(status);
      const feedback = new StoryFeedback();
      const { maxIterations } = state.record.options;
      await reopenWithChanges(state, { feedback, children: NOBODY }, CHANGES);
      expect(state.entry('US-001')?.status).toBe(status);
      expect(state.record.options.maxIterations).toBe(maxIterations);
      expect(feedback.of('US-001')).toEqual(FEEDBACK);
    },
  );

  it('open a story in the PRD too that has passed, so that they outlive a run that is lost', async () => {
    const state = openState('passed');
    const desk = { feedback: new StoryFeedback(), children: NOBODY };
    await reopenWithChanges(state, desk, CHANGES);
    expect(played.calls.at(-1)).toMatchObject({
      name: 'reopenStory',
      isLocal: true,
      input: { prdPath: RALPH_INPUT.prdPath, storyId: 'US-001' },
    });
    expect(state.record.notes).toContain('note');
    played.calls.length = 0;
    await reopenWithChanges(openState('failed'), desk, CHANGES);
    expect(played.calls.map(({ name }) => name)).toEqual(['storeText']);
  });

  it('leave the PRD alone in a history of before', async () => {
    played.unpatched = new Set(['reopen-prd']);
    await reopenWithChanges(
      openState('passed'),
      { feedback: new StoryFeedback(), children: NOBODY },
      CHANGES,
    );
    expect(played.calls.map(({ name }) => name)).toEqual(['storeText']);
  });

  it('are told to the agent that is at work, and count as heard then', async () => {
    const state = openState('running');
    const feedback = new StoryFeedback();
    const told: string[] = [];
    const say = (story: string, text: string): Promise<boolean> => {
      told.push(`${story} ${text}`);
      return Promise.resolve(true);
    };
    const children = { ...NOBODY, say };
    expect(await reopenWithChanges(state, { feedback, children }, CHANGES)).toMatch(
      /is told before its next model call, and each further attempt$/,
    );
    expect(told).toEqual([`US-001 ${CHANGES.text}`]);
    setStatus(state, 'passed');
    await takeLateChanges(state, { feedback }, 'US-001');
    expect(state.entry('US-001')?.status).toBe('passed');
    expect(feedback.askedOf('US-001')).toEqual({ asked: CHANGES.text });
  });

  it.each([
    ['no agent is there', NOBODY],
    [
      'its agent waits for a yes',
      { isAsking: () => true, say: () => Promise.reject(new Error('it would be the answer')) },
    ],
  ])(
    'are kept while %s, and open the story again that passes without them',
    async (_why, children) => {
      const state = openState('running');
      const feedback = new StoryFeedback();
      expect(await reopenWithChanges(state, { feedback, children }, CHANGES)).toMatch(
        /tried again with what you want changed when this attempt has ended$/,
      );
      setStatus(state, 'passed');
      await takeLateChanges(state, { feedback }, 'US-001');
      expect(state.entry('US-001')).toMatchObject({ status: 'pending', story: { passes: true } });
      expect(feedback.begin('US-001')).toEqual(FEEDBACK);
      setStatus(state, 'passed');
      await takeLateChanges(state, { feedback }, 'US-001');
      expect(state.entry('US-001')?.status).toBe('passed');
    },
  );

  it('are told from the start where a run begins with them', async () => {
    const state = openState('pending');
    const feedback = new StoryFeedback();
    await askChanges(state, { feedback }, CHANGES);
    expect(feedback.of('US-001')).toEqual(FEEDBACK);
    expect(feedback.askedOf('US-002')).toEqual({});
  });
});

describe('a word that is written down slowly', () => {
  /** Storing the text goes on when `go` is called. */
  function slow() {
    const waiting: (() => void)[] = [];
    played.answer = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return FEEDBACK;
    };
    return { go: () => waiting.splice(0).forEach((resolve) => resolve()) };
  }

  it.each(['running', 'passed', 'skipped', 'pending'] as const)(
    'opens no story that is %s by then, and is no word of its next attempt',
    async (status) => {
      const state = openState('blocked');
      const feedback = new StoryFeedback();
      const { go } = slow();
      const answered = reopenWithAnswer(state, { feedback }, CHANGES);
      setStatus(state, status);
      const before = state.record;
      await vi.waitFor(() => expect(played.calls).toHaveLength(1));
      go();
      expect(await answered).toBe(false);
      expect(state.record).toBe(before);
      expect(feedback.textFor('US-001')).toBe('');
    },
  );

  it.each([reopenWithAnswer, reopenWithChanges])(
    'opens nothing in a run that has ended: %o',
    async (reopen) => {
      const state = openState('blocked');
      const feedback = new StoryFeedback();
      const { go } = slow();
      const asked = reopen(state, { feedback, children: NOBODY }, CHANGES).catch(
        (error: unknown) => error,
      );
      state.record = { ...state.record, status: 'failed', endedAt: '2026-01-02T04:00:00.000Z' };
      const before = state.record;
      await vi.waitFor(() => expect(played.calls).toHaveLength(1));
      go();
      expect([false, expect.objectContaining({ type: 'ERR_RUN_ENDED' })]).toContainEqual(
        await asked,
      );
      expect(state.record).toBe(before);
    },
  );

  it('opens it all the same in a history of before', async () => {
    played.unpatched = new Set(['second-look']);
    const state = openState('blocked');
    const { go } = slow();
    const answered = reopenWithAnswer(state, { feedback: new StoryFeedback() }, CHANGES);
    setStatus(state, 'failed');
    await vi.waitFor(() => expect(played.calls).toHaveLength(1));
    go();
    expect(await answered).toBe(true);
    expect(state.entry('US-001')?.status).toBe('pending');
  });

  it('stands beside the next one, which may be written down first', async () => {
    const state = openState('pending');
    const feedback = new StoryFeedback();
    const ends: ((value: unknown) => void)[] = [];
    played.answer = () => new Promise((resolve) => ends.push(resolve));
    const first = askChanges(state, { feedback }, { story: 'US-001', text: 'shorter' });
    const second = askChanges(state, { feedback }, { story: 'US-001', text: 'and faster' });
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    const both = { digest: 'b'.repeat(64), bytes: 2 };
    ends[1]?.(both);
    await second;
    ends[0]?.(FEEDBACK);
    await first;
    expect(played.calls.map(({ input }) => input)).toEqual([
      expect.objectContaining({ text: 'shorter' }),
      expect.objectContaining({ text: 'shorter\n\nand faster' }),
    ]);
    expect(feedback.of('US-001')).toEqual(both);
    expect(feedback.askedOf('US-001')).toEqual({ asked: 'shorter\n\nand faster' });
  });

  it('is forgotten when it cannot be written down', async () => {
    const state = openState('pending');
    const feedback = new StoryFeedback();
    played.answer = () => Promise.reject(new Error('disk'));
    await expect(askChanges(state, { feedback }, CHANGES)).rejects.toThrow('disk');
    expect(feedback.askedOf('US-001')).toEqual({});
  });
});

describe('the feedback of stories', () => {
  const other = { digest: 'a'.repeat(64), bytes: 2 };
  const S = 'US-001';

  function said(
    feedback: StoryFeedback,
    text: string,
    {
      isKept = false,
      blob = FEEDBACK,
    }: { readonly isKept?: boolean; readonly blob?: typeof FEEDBACK } = {},
  ) {
    const word = feedback.say(S, { text, isKept });
    feedback.wrote(S, word, blob);
    return word;
  }

  it('is what the last attempt was missing', () => {
    const feedback = new StoryFeedback();
    expect(feedback.begin(S)).toBeNull();
    feedback.failed(S);
    feedback.note(S, FEEDBACK);
    expect(feedback.begin(S)).toEqual(FEEDBACK);
    feedback.failed(S);
    feedback.note(S, other);
    expect(feedback.of(S)).toEqual(other);
  });

  it('is the word of a person where one came while a failure was written down', () => {
    const feedback = new StoryFeedback();
    feedback.begin(S);
    feedback.failed(S);
    said(feedback, 'yes');
    feedback.note(S, other);
    expect(feedback.begin(S)).toEqual(FEEDBACK);
    feedback.failed(S);
    feedback.note(S, other);
    expect(feedback.of(S)).toEqual(other);
    expect(feedback.textFor(S)).toBe('');
  });

  it('keeps what came while an attempt was under way for the next one', () => {
    const feedback = new StoryFeedback();
    said(feedback, 'first');
    feedback.begin(S);
    said(feedback, 'second', { blob: other });
    expect(feedback.hasUnheard(S)).toBe(true);
    feedback.failed(S);
    feedback.note(S, FEEDBACK);
    expect(feedback.textFor(S)).toBe('second');
    expect(feedback.begin(S)).toEqual(other);
    expect(feedback.hasUnheard(S)).toBe(false);
  });

  it('says changes again to each further attempt, with answers behind them', () => {
    const feedback = new StoryFeedback();
    said(feedback, 'shorter', { isKept: true });
    said(feedback, 'port 80');
    expect(feedback.textFor(S)).toBe('shorter\n\nport 80');
    feedback.begin(S);
    feedback.failed(S);
    expect(feedback.askedOf(S)).toEqual({ asked: 'shorter' });
    said(feedback, 'port 81');
    expect(feedback.textFor(S)).toBe('shorter\n\nport 81');
  });

  it('takes a word that is not written down yet for none of the attempt that begins', () => {
    const feedback = new StoryFeedback();
    const word = feedback.say(S, { text: 'late', isKept: false });
    feedback.begin(S);
    expect(feedback.hasUnheard(S)).toBe(true);
    feedback.wrote(S, word, other);
    expect(feedback.begin(S)).toEqual(other);
    expect(feedback.hasUnheard(S)).toBe(false);
  });

  it('forgets the oldest words where people say more than a prompt takes', () => {
    const feedback = new StoryFeedback();
    for (const letter of 'abcde') said(feedback, letter.repeat(8000), { isKept: true });
    const { asked = '' } = feedback.askedOf(S);
    expect(asked).toBe(['c', 'd', 'e'].map((letter) => letter.repeat(8000)).join('\n\n'));
  });
});
