import { describe, expect, it, vi } from 'vitest';
import type { ToolActivities } from '../../src/activities/index.js';
import type { ToolResult } from '../../src/domain/index.js';
import { fakeCall, fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import { endedRecord, RALPH_INPUT, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
const MINUTE = 60_000;

type ToolInput = Parameters<ToolActivities['executeTool']>[0];

const asks = (id: string): Partial<ToolResult> => ({
  isError: true,
  asks: { id, question: `Which colour (${id})?`, options: ['red', 'blue'] },
});

/** A story whose only call asks before it is made; `answer` says what each try of the call gives. */
function script(seen: ToolInput[], answer: (input: ToolInput) => Partial<ToolResult>): FakeScript {
  return {
    callModel: (_place, count) =>
      count === 1
        ? fakeReply({
            calls: [
              fakeCall('mcp__shop__buy', { execution: 'activity', title: 'mcp__shop__buy: {}' }),
            ],
          })
        : fakeReply({ calls: [storyDone()] }),
    executeTool: (input) => {
      seen.push(input);
      return answer(input);
    },
  };
}

const input = (waitMs: number, unattended: 'park' | 'deny' = 'park') => ({
  stories: [story('US-001')],
  options: { ...RALPH_INPUT.options, questions: { waitMs, unattended } },
});

const until = (condition: () => Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

describe('a call that asks the person before it is made', () => {
  it('waits without a slot, and is made again as a step of its own with the answers', async () => {
    const seen: ToolInput[] = [];
    const tool = script(seen, ({ answers = [] }) =>
      answers.length < 2 ? asks(answers.length === 0 ? 'first' : 'second') : {},
    );
    await withRalph(environment(), { input: input(10 * MINUTE), script: tool }, async (run) => {
      for (const [id, text] of [
        ['first', 'red'],
        ['second', 'blue'],
      ]) {
        await until(async () =>
          expect((await run.status()).standstill?.reason).toBe(
            `asks: Which colour (${id})? (red | blue)`,
          ),
        );
        await run.update('answer', { story: 'US-001', text });
      }
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1']);
      expect(seen.map(({ answers }) => answers)).toEqual([
        undefined,
        [{ id: 'first', answer: 'red' }],
        [
          { id: 'first', answer: 'red' },
          { id: 'second', answer: 'blue' },
        ],
      ]);
      expect(new Set(seen.map(({ key }) => key.step)).size).toBe(3);
    });
  });

  it('sets its story aside when nobody answers, and is not made', async () => {
    const seen: ToolInput[] = [];
    await withRalph(
      environment(),
      { input: input(0), script: script(seen, () => asks('one')) },
      async (run) => {
        await until(async () =>
          expect((await run.status()).standstill?.reason).toMatch(/^US-001 asks: Which colour/),
        );
        expect(seen).toHaveLength(1);
      },
    );
  });

  it('tells the agent that nobody answered where nobody may be waited for', async () => {
    const seen: ToolInput[] = [];
    await withRalph(
      environment(),
      { input: input(0, 'deny'), script: script(seen, () => asks('one')) },
      async (run) => {
        expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
        expect(seen).toHaveLength(1);
      },
    );
  });

  it('is not asked for without an end', async () => {
    const seen: ToolInput[] = [];
    let round = 0;
    const endless = script(seen, () => asks(`q${(round += 1)}`));
    await withRalph(environment(), { input: input(10 * MINUTE), script: endless }, async (run) => {
      for (let at = 1; at <= 4; at += 1) {
        await until(async () =>
          expect((await run.status()).standstill?.reason).toContain(`(q${at})`),
        );
        await run.update('answer', { story: 'US-001', text: 'red' });
      }
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(seen).toHaveLength(5);
    });
  });
});
