import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { RUN_UPDATES } from '../../src/contracts/messages.js';
import { runSpending } from '../../src/domain/run/ralph-run.js';
import {
  fakeCall,
  fakeProof,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import {
  createDoor,
  endedRecord,
  RALPH_INPUT,
  statuses,
  withRalph,
  type OpenRun,
} from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useDevelopmentServer } from '../support/workflow-environment.js';

const local = useDevelopmentServer();

const two = {
  stories: [story('US-001'), story('US-002')],
  options: { ...RALPH_INPUT.options, parallel: 2, maxAttempts: 1 },
};

/** Two stories of which the second conflicts; its merge agent makes one call, then waits for its provider until it is `released`. */
function conflicting(isReleased: () => boolean): FakeScript {
  const both = createDoor();
  const asked = new Set<string>();
  return {
    callModel: async (call, count) => {
      asked.add(call.story ?? '');
      if (asked.size === 2) both.open();
      await both.opened;
      if (count === 3) return fakeReply({ calls: [fakeCall('edit')] });
      if (count > 3 && !isReleased())
        throw ApplicationFailure.create({
          type: 'ERR_PROVIDER_WAIT',
          message: 'quota',
          nonRetryable: true,
          details: [{ resumeAt: '2100-01-01T00:00:00.000Z' }],
        });
      return fakeReply({ calls: [storyDone()] });
    },
    merge: (_story, count) =>
      count === 1
        ? { kind: 'conflict', tree: 'marked', files: ['shared.md'] }
        : { kind: 'clean', tree: 'merged' },
  };
}

/** Id of the agent's workflow that resolves the conflict, once it waits. */
async function waitingMerge(run: OpenRun): Promise<{ readonly id: string; readonly of: string }> {
  await expect
    .poll(async () => (await run.status()).standstill?.reason, { timeout: 20_000 })
    .toBe('quota');
  const of = run.fake.begun.at(-1)?.story.story.id ?? '';
  return { of, id: `${run.handle.workflowId}/${RALPH_INPUT.runId}/${of}/1/merge` };
}

const LONG_WAIT = { ...two.options, waitLimitMs: 100 * 365 * 86_400_000 };

describe('an agent that resolves a conflict and is ended from outside', () => {
  it.each([
    ['terminated', '', (id: string) => local().client.workflow.getHandle(id).terminate('no')],
    ['terminated', '/agent', (id: string) => local().client.workflow.getHandle(id).terminate('no')],
    ['cancelled', '', (id: string) => local().client.workflow.getHandle(id).cancel()],
    ['cancelled', '/agent', (id: string) => local().client.workflow.getHandle(id).cancel()],
  ])(
    '%s (its workflow%s): the run stands still, and another one goes on with the same work',
    async (how, place, end) => {
      let isReleased = false;
      const script = conflicting(() => isReleased);
      const input = { ...two, options: LONG_WAIT };
      await withRalph(local(), { script, input }, async (run) => {
        const { id, of } = await waitingMerge(run);
        await end(`${id}${place}`);
        await expect
          .poll(async () => (await run.status()).standstill?.reason, { timeout: 20_000 })
          .toBe(`the merge of ${of} was ${how} by Temporal operator`);
        expect(await run.status()).toMatchObject({ status: 'paused' });
        isReleased = true;
        await run.update('resume', {});
        const record = await endedRecord(run.handle);
        expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1']);
        expect(run.fake.begun.at(-1)?.story).toMatchObject({ conflict: { tree: 'marked' } });
        // two stories, the call of the agent that was ended, and the one of the other
        expect(runSpending(record)).toMatchObject({ modelCalls: 4, costMicroUsd: 20 });
        expect(record.options.maxIterations).toBe(RALPH_INPUT.options.maxIterations);
      });
    },
  );

  it('does not keep its story from being skipped while the run stands still', async () => {
    const script = conflicting(() => false);
    await withRalph(local(), { script, input: { ...two, options: LONG_WAIT } }, async (run) => {
      const { id, of } = await waitingMerge(run);
      await local().client.workflow.getHandle(id).terminate('no');
      await expect
        .poll(async () => (await run.status()).status, { timeout: 20_000 })
        .toBe('paused');
      await run.update('skip', { story: of });
      const record = await endedRecord(run.handle);
      expect(record.stories.find((entry) => entry.story.id === of)).toMatchObject({
        status: 'skipped',
        attempts: [{ spending: { modelCalls: 2 } }],
      });
    });
  });
});

describe('a record that is being written', () => {
  it('is written though the story that asked for it is skipped', async () => {
    let isFull = false;
    const script: FakeScript = {
      prove: () => {
        isFull = true;
        return fakeProof('failed');
      },
      beforeSave: async () => {
        if (!isFull) return;
        isFull = false;
        throw ApplicationFailure.nonRetryable('the disk is full', 'ERR_DISK_FULL');
      },
    };
    await withRalph(local(), { script, input: { stories: [story('US-001')] } }, async (run) => {
      await expect
        .poll(async () => (await run.status()).standstill?.reason, { timeout: 20_000 })
        .toBe('the disk is full');
      const skipping = await run.handle.startUpdate<string, [object]>(RUN_UPDATES.skip.name, {
        args: [{ story: 'US-001' }],
        waitForStage: 'ACCEPTED',
      });
      await run.update('resume', {});
      expect(await skipping.result()).toBe('US-001 is being stopped and skipped');
      expect(statuses(await endedRecord(run.handle))).toEqual(['US-001 skipped 1']);
    });
  });
});
