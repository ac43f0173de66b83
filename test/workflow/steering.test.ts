import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import {
  fakeCall,
  fakeProof,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import {
  endedRecord,
  createDoor,
  RALPH_INPUT,
  statuses,
  withRalph,
  type Door,
  type OpenRun,
} from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();

/** US-001 is worked on until the door opens; the others end at once. */
function held(door: Door, script: FakeScript = {}): FakeScript {
  return {
    ...script,
    callModel: async (call, count) => {
      if (call.story === 'US-001') await door.opened;
      return (await script.callModel?.(call, count)) ?? fakeReply({ calls: [storyDone()] });
    },
  };
}

const two = {
  stories: [story('US-001'), story('US-002')],
  options: { ...RALPH_INPUT.options, parallel: 2, maxAttempts: 1 },
};

const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

async function refusal(run: OpenRun, ...request: Parameters<OpenRun['update']>): Promise<unknown> {
  const error: unknown = await run.update(...request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  const { cause } = error as WorkflowUpdateFailedError;
  return cause instanceof ApplicationFailure ? cause.type : cause;
}

describe('a run takes requests', () => {
  it('pauses before the next model call of every agent, and goes on', async () => {
    const door = createDoor();
    await withRalph(
      environment(),
      {
        input: { stories: [story('US-001')] },
        script: held(door, {
          callModel: (_call, count) =>
            fakeReply({ calls: [count < 3 ? fakeCall('edit') : storyDone()] }),
        }),
      },
      async (run) => {
        await until(() => expect(run.fake.modelInputs).toHaveLength(1));
        await run.update('pause', { reason: '' });
        const agent = environment().client.workflow.getHandle(
          `${run.handle.workflowId}/${RALPH_INPUT.runId}/US-001/1/agent`,
        );
        await until(async () =>
          expect(await agent.query('agentStatus')).toMatchObject({ isPaused: true }),
        );
        door.open();
        await until(() => expect(run.fake.calls).toContain('executeTool'));
        expect(await run.status()).toMatchObject({
          status: 'paused',
          standstill: { kind: 'paused', reason: 'paused by request' },
        });
        expect(run.fake.modelInputs).toHaveLength(1);
        await run.update('resume', {});
        const record = await endedRecord(run.handle);
        expect(statuses(record)).toEqual(['US-001 passed 1']);
        expect(run.fake.modelInputs).toHaveLength(3);
        expect(record.standstill).toBeNull();
      },
    );
  });

  it('skips a story that waits and one that is worked on, and keeps the others', async () => {
    const door = createDoor();
    await withRalph(
      environment(),
      { input: { ...two, options: { ...two.options, parallel: 1 } }, script: held(door) },
      async (run) => {
        await until(() => expect(run.fake.modelInputs).toHaveLength(1));
        expect(await run.update('skip', { story: 'US-001' })).toContain('being stopped');
        door.open();
        const record = await endedRecord(run.handle);
        expect(statuses(record)).toEqual(['US-001 skipped 1', 'US-002 passed 1']);
        expect(record.status).toBe('failed');
      },
    );
  });

  it('opens a failed story again, with what waited for it', async () => {
    const door = createDoor();
    const stories = [story('US-001'), story('US-002'), story('US-003', { dependsOn: ['US-002'] })];
    await withRalph(
      environment(),
      {
        input: { ...two, stories },
        script: held(door, {
          prove: (id, attempt) => fakeProof(id === 'US-002' && attempt === 1 ? 'failed' : 'passed'),
        }),
      },
      async (run) => {
        await until(async () =>
          expect(statuses(await run.status()).slice(1)).toEqual([
            'US-002 failed 1',
            'US-003 waiting_on_dependency 0',
          ]),
        );
        await run.update('retry', { story: 'US-002' });
        await until(async () =>
          expect(statuses(await run.status()).slice(1)).toEqual([
            'US-002 passed 2',
            'US-003 passed 1',
          ]),
        );
        door.open();
        expect((await endedRecord(run.handle)).status).toBe('passed');
      },
    );
  });

  it('does a passed story again with what a person wants changed', async () => {
    const door = createDoor();
    const text = 'src/a.ts line 3: shorter';
    await withRalph(environment(), { input: two, script: held(door) }, async (run) => {
      const second = async () => statuses(await run.status())[1];
      await until(async () => expect(await second()).toBe('US-002 passed 1'));
      expect(await refusal(run, 'changes', { story: 'US-404', text })).toBe('ERR_STORY_UNKNOWN');
      expect(await run.update('changes', { story: 'US-001', text })).toMatch(
        /^US-001 is (?:told before its next model call|tried again with what you want changed)/,
      );
      expect(await refusal(run, 'changes', { story: 'US-002', text: '' })).toBe(
        'ERR_REQUEST_INVALID',
      );
      expect(await run.update('changes', { story: 'US-002', text })).toBe(
        'US-002 is tried again with what you want changed',
      );
      await until(async () => expect(await second()).toBe('US-002 passed 2'));
      door.open();
      const record = await endedRecord(run.handle);
      expect([record.status, record.stories[1]?.commit]).toEqual(['passed', expect.any(String)]);
      expect(run.fake.calls).toContain(`storeText ${text}`);
    });
  });

  it('begins with what a person wants changed about an earlier run', async () => {
    const changes = [{ story: 'US-001', text: 'src/a.ts line 3: shorter' }];
    const input = { stories: [story('US-001')], changes };
    await withRalph(environment(), { input, script: {} }, async (run) => {
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 passed 1']);
      expect(run.fake.calls).toContain('storeText src/a.ts line 3: shorter');
    });
  });

  it('takes a story more while it works', async () => {
    const door = createDoor();
    await withRalph(environment(), { input: two, script: held(door) }, async (run) => {
      await until(() => expect(run.fake.modelInputs.length).toBeGreaterThan(0));
      await run.update('add', { story: story('US-009', { dependsOn: ['US-002'] }) });
      door.open();
      expect(statuses(await endedRecord(run.handle))).toEqual([
        'US-001 passed 1',
        'US-002 passed 1',
        'US-009 passed 1',
      ]);
    });
  });

  it('hands an answer to the next attempt at a blocked story', async () => {
    const door = createDoor();
    await withRalph(
      environment(),
      {
        input: two,
        script: held(door, {
          callModel: (call, count) =>
            fakeReply({
              calls: [storyDone(call.story === 'US-002' && count < 3 ? 'blocked' : 'done')],
            }),
        }),
      },
      async (run) => {
        await until(async () => expect(statuses(await run.status())[1]).toBe('US-002 blocked 1'));
        await run.update('answer', { story: 'US-002', text: 'use port 8080' });
        await until(async () => expect(statuses(await run.status())[1]).toBe('US-002 passed 2'));
        expect(run.fake.calls).toContain(
          'storeText The person who owns this work answers:\nuse port 8080',
        );
        const second = run.fake.begun.find((begun) => begun.story.attempt === 2);
        expect(second?.story.feedback).not.toBeNull();
        door.open();
        expect((await endedRecord(run.handle)).status).toBe('passed');
      },
    );
  });

  it('tells the agent of a story something before its next model call', async () => {
    const door = createDoor();
    await withRalph(
      environment(),
      {
        input: { ...two, options: { ...two.options, maxAttempts: 1 } },
        script: held(door, {
          callModel: (call, count) =>
            fakeReply({
              calls: [call.story === 'US-001' && count < 3 ? fakeCall('edit') : storyDone()],
            }),
        }),
      },
      async (run) => {
        await until(async () => expect(statuses(await run.status())[1]).toBe('US-002 passed 1'));
        expect(await run.update('message', { story: 'US-001', text: 'use tabs' })).toBe(
          'US-001 is told before its next model call',
        );
        expect(await refusal(run, 'message', { story: 'US-002', text: 'use tabs' })).toBe(
          'ERR_STORY_NOT_RUNNING',
        );
        expect(await refusal(run, 'message', { story: 'US-404', text: 'use tabs' })).toBe(
          'ERR_STORY_UNKNOWN',
        );
        expect(await refusal(run, 'message', { story: 'US-001', text: '' })).toBe(
          'ERR_REQUEST_INVALID',
        );
        door.open();
        expect((await endedRecord(run.handle)).status).toBe('passed');
        const words = run.fake.modelInputs.map((input) =>
          JSON.stringify(input).includes('use tabs'),
        );
        expect(words.filter(Boolean)).toHaveLength(1);
        expect(words[0]).toBe(false);
      },
    );
  });

  it('says that nobody reads a word while a story is being proven', async () => {
    const door = createDoor();
    await withRalph(
      environment(),
      {
        input: { stories: [story('US-001')] },
        script: {
          prove: async () => {
            await door.opened;
            return fakeProof('passed');
          },
        },
      },
      async (run) => {
        await until(() => expect(run.fake.calls.join()).toContain('proveStory'));
        expect(await run.update('message', { story: 'US-001', text: 'too late' })).toContain(
          'nobody reads it',
        );
        door.open();
        expect((await endedRecord(run.handle)).status).toBe('passed');
      },
    );
  });

  it('refuses what it cannot do, with a code', async () => {
    const door = createDoor();
    await withRalph(environment(), { input: two, script: held(door) }, async (run) => {
      await until(async () => expect(statuses(await run.status())[1]).toBe('US-002 passed 1'));
      expect([
        await refusal(run, 'skip', { story: 'US-404' }),
        await refusal(run, 'skip', { story: 'US-002' }),
        await refusal(run, 'retry', { story: 'US-001' }),
        await refusal(run, 'retry', { story: 'US-002' }),
        await refusal(run, 'answer', { story: 'US-001', text: 'hm' }),
        await refusal(run, 'answer', { story: 'US-001' }),
        await refusal(run, 'add', { story: story('US-001') }),
        await refusal(run, 'add', { story: story('US-010', { dependsOn: ['US-404'] }) }),
      ]).toEqual([
        'ERR_STORY_UNKNOWN',
        'ERR_STORY_DONE',
        'ERR_STORY_OPEN',
        'ERR_STORY_DONE',
        'ERR_STORY_NOT_BLOCKED',
        'ERR_REQUEST_INVALID',
        'ERR_STORY_EXISTS',
        'ERR_STORY_UNKNOWN',
      ]);
      door.open();
      expect((await endedRecord(run.handle)).status).toBe('passed');
    });
  });
});
