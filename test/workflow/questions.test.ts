import { describe, expect, it, vi } from 'vitest';
import type { CallModelResult } from '../../src/activities/index.js';
import { fakeCall, fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import {
  createDoor,
  endedRecord,
  RALPH_INPUT,
  statuses,
  withRalph,
} from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
const MINUTE = 60_000;

function ask(input: object): CallModelResult {
  return fakeReply({
    calls: [
      fakeCall('question', {
        execution: 'workflow',
        access: 'read',
        title: 'question: Which port?',
        arguments: JSON.stringify({ question: 'Which port?', ...input }),
      }),
    ],
  });
}

/** US-001 asks in its first attempt; what it does next, and all others, is to end well. */
function asks(input: object): FakeScript {
  let asked = false;
  return {
    callModel: ({ story: id }) => {
      if (id !== 'US-001' || asked) return fakeReply({ calls: [storyDone()] });
      asked = true;
      return ask(input);
    },
  };
}

function options(waitMs: number, unattended: 'park' | 'deny' = 'park') {
  return {
    stories: [story('US-001'), story('US-002', { dependsOn: ['US-001'] }), story('US-003')],
    options: {
      ...RALPH_INPUT.options,
      waitLimitMs: 8 * 60 * MINUTE,
      questions: { waitMs, unattended },
    },
  };
}

const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

/** What the agent of US-001 was told of its question. */
function told({ fake }: { readonly fake: { readonly modelInputs: readonly unknown[] } }): string[] {
  return fake.modelInputs.flatMap((raw) => {
    const { newMessages } = raw as {
      newMessages: readonly { kind: string; name?: string; text?: string }[];
    };
    return newMessages.flatMap(({ kind, name, text }) =>
      kind === 'tool-text' && name === 'question' ? [text ?? ''] : [],
    );
  });
}

describe('a question of an agent', () => {
  it('waits for its answer, and the agent goes on in the same attempt', async () => {
    const input = options(10 * MINUTE);
    const script = asks({ options: ['8080', '9090'], recommendation: '8080' });
    await withRalph(environment(), { input, script }, async (run) => {
      await until(async () =>
        expect((await run.status()).standstill).toMatchObject({
          kind: 'waiting',
          reason: 'asks: Which port? (8080 | 9090); recommended: 8080',
        }),
      );
      expect(await run.update('answer', { story: 'US-001', text: 'take 9090' })).toBe(
        'US-001 goes on with the answer',
      );
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1', 'US-003 passed 1']);
      expect(told(run)).toEqual(['The person who owns this work answers: take 9090']);
      expect(record.stories[0]?.attempts[0]).not.toHaveProperty('assumptions');
    });
  });

  it('that nobody answers has its own default, and the record says what was assumed', async () => {
    const input = options(10 * MINUTE);
    const script = asks({ default: '8080' });
    await withRalph(environment(), { input, script }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(statuses(record)[0]).toBe('US-001 passed 1');
      expect(told(run)).toEqual(['Nobody answered. Go on with your default: 8080']);
      expect(record.stories[0]?.attempts[0]?.assumptions).toEqual([
        { question: 'Which port?', assumed: '8080' },
      ]);
    });
  });

  it('sets its story aside: others go on, the run waits, and an answer opens it again', async () => {
    const script = asks({ options: ['8080'], recommendation: '8080' });
    await withRalph(environment(), { input: options(0), script }, async (run) => {
      await until(async () => {
        const record = await run.status();
        expect(statuses(record)).toEqual([
          'US-001 blocked 1',
          'US-002 waiting_on_dependency 0',
          'US-003 passed 1',
        ]);
        expect(record).toMatchObject({
          status: 'waiting',
          standstill: { reason: 'US-001 asks: Which port? (8080); recommended: 8080' },
        });
      });
      const [parked] = (await run.status()).stories;
      expect(parked?.attempts[0]?.question).toEqual({
        question: 'Which port?',
        options: ['8080'],
        recommendation: '8080',
      });
      await run.update('answer', { story: 'US-001', text: 'use 9090' });
      const record = await endedRecord(run.handle);
      expect(record.status).toBe('passed');
      expect(statuses(record)).toEqual(['US-001 passed 2', 'US-002 passed 1', 'US-003 passed 1']);
      expect(run.fake.calls).toContain(
        'storeText You asked: Which port?\nThe person who owns this work answers:\nuse 9090',
      );
    });
  });

  it('that nobody answers in the time of the run leaves its story blocked, and the run ends', async () => {
    await withRalph(environment(), { input: options(0), script: asks({}) }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(record.status).toBe('failed');
      expect(statuses(record)).toEqual([
        'US-001 blocked 1',
        'US-002 waiting_on_dependency 0',
        'US-003 passed 1',
      ]);
      expect(record.stories[0]?.reason).toBe('asks: Which port?');
      expect(record.standstill).toBeNull();
      const waited = Date.parse(record.endedAt ?? '') - Date.parse(record.startedAt);
      expect(waited).toBeGreaterThanOrEqual(8 * 60 * MINUTE);
    });
  });

  it('is refused where nobody may be asked, and the agent decides', async () => {
    const script = asks({});
    await withRalph(environment(), { input: options(0, 'deny'), script }, async (run) => {
      expect(statuses(await endedRecord(run.handle))[0]).toBe('US-001 passed 1');
      expect(told(run)).toEqual([
        'Nobody answered. Nobody can be asked here: decide by yourself, and say in the end what you assumed.',
      ]);
    });
    // a run of before there were questions
    const old = { stories: [story('US-001')] };
    await withRalph(environment(), { input: old, script: asks({}) }, async (run) => {
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(told(run)[0]).toMatch(/^Nobody can be asked here/);
    });
  });

  it.each([
    [{ question: '' }, /^question: question /],
    [{ options: Array.from({ length: 11 }, () => 'x') }, /^question: options /],
    [{ question: 'x'.repeat(2001) }, /^question: question /],
  ])('that does not parse is explained', async (input, words) => {
    const run = { input: { ...options(MINUTE), stories: [story('US-001')] }, script: asks(input) };
    await withRalph(environment(), run, async (open) => {
      expect(statuses(await endedRecord(open.handle))).toEqual(['US-001 passed 1']);
      expect(told(open)[0]).toMatch(words);
    });
  });

  it('stays open whatever else is reported of its story meanwhile', async () => {
    const input = { ...options(60 * MINUTE), stories: [story('US-001')] };
    await withRalph(environment(), { input, script: asks({}) }, async (run) => {
      await until(async () => expect((await run.status()).standstill?.reason).toMatch(/^asks/));
      const holder = `${run.handle.workflowId}/${RALPH_INPUT.runId}/US-001/1`;
      for (const standstill of [{ reason: 'a helper waits', until: null }, null])
        await run.handle.signal('agentStandstill', { story: 'US-001', holder, standstill });
      expect(await run.update('answer', { story: 'US-001', text: 'yes' })).toMatch(/goes on/);
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(told(run)).toEqual(['The person who owns this work answers: yes']);
    });
  });

  it('that was answered just as its agent gave up goes on with the answer', async () => {
    const input = { ...options(0), stories: [story('US-001')] };
    const door = createDoor();
    const { callModel } = asks({});
    const script: FakeScript = {
      callModel: async (call, count) => {
        await door.opened;
        return callModel?.(call, count) ?? fakeReply({});
      },
    };
    await withRalph(environment(), { input, script }, async (run) => {
      const holder = `${run.handle.workflowId}/${RALPH_INPUT.runId}/US-001/1`;
      const report = { story: 'US-001', holder, standstill: null };
      await until(() => expect(run.fake.modelInputs.length).toBe(1));
      // as the run hears it: the question, the answer to it, and only then that nobody waits any more
      await run.handle.signal('agentStandstill', { ...report, question: 'open' });
      await run.update('answer', { story: 'US-001', text: 'yes' });
      await run.handle.signal('agentStandstill', { ...report, question: 'unanswered' });
      door.open();
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 2']);
      expect(run.fake.calls).toContain(
        'storeText You asked: Which port?\nThe person who owns this work answers:\nyes',
      );
    });
  });

  it('is over when the run is cancelled while it waits', async () => {
    const input = { ...options(60 * MINUTE), stories: [story('US-001')] };
    await withRalph(environment(), { input, script: asks({}) }, async (run) => {
      await until(async () => expect((await run.status()).standstill?.reason).toMatch(/^asks/));
      await run.handle.cancel();
      await expect(run.handle.result()).rejects.toThrow();
      expect((await run.status()).status).toBe('cancelled');
    });
  });
});
