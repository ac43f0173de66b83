import { describe, expect, it, vi } from 'vitest';
import type { ToolActivities } from '../../src/activities/index.js';
import type { ToolResult } from '../../src/domain/index.js';
import type { CallWords } from '../../src/workflows/agent/asking/settle-call.js';
import { fakeCall, fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import { endedRecord, RALPH_INPUT, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
const HOUR = 3_600_000;

type ToolInput = Parameters<ToolActivities['executeTool']>[0];

/** A story whose only call goes on elsewhere; `answer` says what each look shows. */
function script(seen: ToolInput[], answer: (input: ToolInput) => Partial<ToolResult>): FakeScript {
  return {
    callModel: (_place, count) =>
      count === 1
        ? fakeReply({
            calls: [fakeCall('mcp__shop__build', { execution: 'activity', title: 'build: {}' })],
          })
        : fakeReply({ calls: [storyDone()] }),
    executeTool: (input) => {
      seen.push(input);
      return answer(input);
    },
  };
}

/** What the looks were told of the call. */
const followUps = (seen: readonly ToolInput[]): CallWords['followUp'][] =>
  seen.map(({ followUp }) => followUp);

const goesOn = (handle: string, afterMs: number): Partial<ToolResult> => ({
  continues: { handle, afterMs, status: 'runs as a task' },
});

const input = (waitMs = 0, unattended: 'park' | 'deny' = 'deny') => ({
  stories: [story('US-001')],
  options: { ...RALPH_INPUT.options, questions: { waitMs, unattended } },
});

const until = (condition: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

describe('a call that goes on elsewhere', () => {
  it('is looked at after each pause that it names, as a step of its own, and begun once', async () => {
    const seen: ToolInput[] = [];
    const tool = script(seen, ({ followUp }) => {
      if (followUp === undefined) return goesOn('one', 5 * HOUR);
      return followUp.handle === 'one' ? goesOn('two', HOUR) : {};
    });
    await withRalph(environment(), { input: input(), script: tool }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1']);
      expect(followUps(seen)).toEqual([undefined, { handle: 'one' }, { handle: 'two' }]);
      expect(new Set(seen.map(({ key }) => key.step)).size).toBe(3);
    });
  });

  it('asks the person in the middle, and goes on with the answer and its handle', async () => {
    const seen: ToolInput[] = [];
    const tool = script(seen, ({ followUp, answers = [] }) => {
      if (followUp === undefined) return goesOn('one', 1000);
      const asks = { id: 'q', question: 'Which colour?', options: [] };
      return answers.length === 0 ? { ...goesOn('one', 1000), asks, isError: true } : {};
    });
    await withRalph(environment(), { input: input(HOUR), script: tool }, async (run) => {
      await until(async () =>
        expect((await run.status()).standstill?.reason).toBe('asks: Which colour?'),
      );
      await run.update('answer', { story: 'US-001', text: 'red' });
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(seen.at(-1)).toMatchObject({
        followUp: { handle: 'one' },
        answers: [{ id: 'q', answer: 'red' }],
      });
    });
  });

  it('is ended when nobody answers what it asks', async () => {
    const seen: ToolInput[] = [];
    const tool = script(seen, ({ followUp }) => {
      if (followUp === undefined) return goesOn('one', 1000);
      const asks = { id: 'q', question: 'Which colour?', options: [] };
      return followUp.isLeft === true ? {} : { ...goesOn('one', 1000), asks, isError: true };
    });
    await withRalph(environment(), { input: input(), script: tool }, async (run) => {
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(followUps(seen).at(-1)).toEqual({ handle: 'one', isLeft: true });
    });
  });

  it('is ended when its run is cancelled in a pause', async () => {
    const seen: ToolInput[] = [];
    const tool = script(seen, ({ followUp }) =>
      followUp?.isLeft === true ? {} : goesOn('one', 1000 * HOUR),
    );
    await withRalph(environment(), { input: input(), script: tool }, async (run) => {
      await until(() => expect(seen).toHaveLength(1));
      await run.handle.cancel();
      await expect(run.handle.result()).rejects.toThrow('cancelled');
      // the clock may skip the pause before the cancellation is there
      expect(followUps(seen)[0]).toBeUndefined();
      expect(followUps(seen).at(-1)).toEqual({ handle: 'one', isLeft: true });
    });
  });
});
