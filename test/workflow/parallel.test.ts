import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/domain/proof/check.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import {
  fakeProof,
  fakeRef,
  fakeReply,
  storyDone,
  type FakeActivities,
  type FakeScript,
} from '../support/fake-activities.js';
import {
  endedRecord,
  createDoor,
  RALPH_INPUT,
  statuses,
  withRalph,
} from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();

/** Two stories side by side: neither lands before both have asked their model, so the second has to be merged. */
async function runTwo(
  script: FakeScript = {},
  maxAttempts = 2,
): Promise<{ record: RunRecord; fake: FakeActivities }> {
  const both = createDoor();
  const asked = new Set<string>();
  const callModel: NonNullable<FakeScript['callModel']> = async (call, count) => {
    asked.add(call.story ?? '');
    if (asked.size === 2) both.open();
    await both.opened;
    return (await script.callModel?.(call, count)) ?? fakeReply({ calls: [storyDone()] });
  };
  const input = {
    stories: [story('US-001'), story('US-002')],
    options: { ...RALPH_INPUT.options, parallel: 2, maxAttempts },
  };
  return withRalph(environment(), { script: { ...script, callModel }, input }, async (run) => ({
    record: await endedRecord(run.handle),
    fake: run.fake,
  }));
}

/** A disk that is full when the failed attempt of the first story is noted, until somebody has it tried again. */
function fullAtNote(): FakeScript {
  let isFull = true;
  return {
    prove: (id, attempt) => fakeProof(id === 'US-001' && attempt === 1 ? 'failed' : 'passed'),
    beforeNote: () => {
      if (!isFull) return;
      isFull = false;
      throw ApplicationFailure.nonRetryable('the disk is full', 'ERR_DISK_FULL');
    },
  };
}

const landings = (fake: FakeActivities) =>
  fake.calls.filter((name) => /^(mergeStory|proveMerged|landStory|keepStory)/.test(name));

describe('stories side by side', () => {
  it('begin no other attempt before the one before is noted, whatever ends meanwhile', async () => {
    const { record, fake } = await runTwo(fullAtNote());
    expect(statuses(record)).toEqual(['US-001 passed 2', 'US-002 passed 1']);
    const second = fake.begun.find(({ story: { attempt } }) => attempt === 2)?.story;
    expect(second?.feedback).toEqual(fakeRef(77));
    expect(fake.begun).toHaveLength(3);
  });

  it('start from the same base in lanes of their own, and the second is merged and proven again', async () => {
    const { record, fake } = await runTwo();
    expect(record.status).toBe('passed');
    expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1']);
    const begun = fake.begun.map(({ base, lane }) => `${base} ${lane.id}`);
    expect(begun.toSorted()).toEqual(['base r/1/lane-1', 'base r/1/lane-2']);
    expect(landings(fake).map((name) => name.replace(/US-00./, 'US'))).toEqual([
      'landStory US',
      'mergeStory US into commit-1',
      'proveMerged merged',
      'landStory US',
    ]);
    expect(fake.landed.map(({ parent, tree }) => [parent, tree])).toEqual([
      ['base', 'a'.repeat(40)],
      ['commit-1', 'merged'],
    ]);
  });

  it('know at their landing which checks exist by then, and pass by them though they had none alone', async () => {
    const evidence = (tree: string, absence?: Evidence['absence']): Evidence => ({
      check: 'test',
      command: 'npm test',
      exitCode: absence === undefined ? 0 : null,
      isTimedOut: false,
      tree,
      definitions: 'story',
      output: fakeRef(3),
      durationMs: 1,
      sandbox: 'full',
      ...(absence === undefined ? {} : { absence }),
    });
    const none = { kind: 'not-yet' as const, why: 'there is no package.json' };
    const { record, fake } = await runTwo({
      prove: (id) =>
        id === 'US-001'
          ? fakeProof('passed', { evidence: [evidence('own')] })
          : fakeProof('unverified', { evidence: [evidence('own', none)] }),
      proveMerged: () => fakeProof('passed', { evidence: [evidence('merged')] }),
    });
    const isFirst = fake.landed[0]?.story.id === 'US-001';
    expect(fake.merged.map(({ existing }) => existing)).toEqual([isFirst ? ['npm test'] : []]);
    expect(statuses(record)).toEqual([
      'US-001 passed 1',
      isFirst ? 'US-002 passed 1' : 'US-002 unverified 1',
    ]);
  });

  it('wait for their dependencies, and never take more lanes than there are', async () => {
    const stories = [
      story('US-001'),
      story('US-002'),
      story('US-003', { dependsOn: ['US-001', 'US-002'] }),
      story('US-004'),
    ];
    const options = { ...RALPH_INPUT.options, parallel: 3 };
    let busy = 0;
    let most = 0;
    const record = await withRalph(
      environment(),
      {
        input: { stories, options },
        script: {
          callModel: async () => {
            busy += 1;
            most = Math.max(most, busy);
            await Promise.resolve();
            busy -= 1;
            return fakeReply({ calls: [storyDone()] });
          },
        },
      },
      async ({ handle, fake }) => {
        const result = await endedRecord(handle);
        const order = fake.begun.map((begun) => begun.story.story.id);
        expect(order.indexOf('US-003')).toBeGreaterThan(order.indexOf('US-002'));
        return result;
      },
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(record.status).toBe('passed');
  });

  it('resolve a conflict with one agent on the files with marks, then land', async () => {
    const { record, fake } = await runTwo({
      merge: (_story, count) =>
        count === 1
          ? { kind: 'conflict', tree: 'marked', files: ['shared.md'] }
          : { kind: 'clean', tree: 'merged' },
    });
    expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1']);
    const resolver = fake.begun.at(-1)?.story;
    expect(resolver).toMatchObject({
      base: 'commit-1',
      conflict: { tree: 'marked', files: ['shared.md'] },
    });
    expect(fake.landed.at(-1)).toMatchObject({ parent: 'commit-1' });
    // the resolver's call is paid by the story's attempt
    const merged = record.stories.find((entry) => entry.story.id === resolver?.story.id);
    expect(merged?.attempts[0]?.spending.modelCalls).toBe(2);
  });

  it('keep the work of a conflict that nobody resolved on a branch, and try the story again on the new head', async () => {
    const { record, fake } = await runTwo({
      merge: () => ({ kind: 'conflict', tree: 'marked', files: ['shared.md'] }),
      prove: (_story, attempt) => fakeProof(attempt === 2 ? 'failed' : 'passed'),
    });
    const merged = record.stories.find((entry) => entry.attempts.length === 2);
    expect(merged).toMatchObject({ status: 'passed' });
    expect(merged?.branch).toMatch(/^feature\/hello-US-00\d-kept$/);
    expect(merged?.attempts[0]).toMatchObject({
      outcome: 'merge_failed',
      reason: 'conflicts with what landed meanwhile in shared.md',
    });
    expect(landings(fake).filter((name) => name.startsWith('keepStory'))).toHaveLength(1);
  });

  it('stay open with the branch named when no attempt is left, and never count as merged', async () => {
    const { record, fake } = await runTwo(
      {
        merge: () => ({ kind: 'conflict', tree: 'marked', files: ['shared.md'] }),
        prove: (_story, attempt) => fakeProof(attempt === 2 ? 'failed' : 'passed'),
      },
      1,
    );
    const open = record.stories.find((entry) => entry.status !== 'passed');
    expect(open).toMatchObject({
      status: 'blocked',
      commit: null,
      branch: expect.stringContaining('kept'),
    });
    expect(record.status).toBe('failed');
    expect(landings(fake).filter((name) => name.startsWith('landStory'))).toHaveLength(1);
  });

  it('do not land when the checks fail on the merged tree', async () => {
    const { record, fake } = await runTwo(
      { proveMerged: () => fakeProof('failed', { feedback: fakeRef(5) }) },
      1,
    );
    const open = record.stories.find((entry) => entry.status !== 'passed');
    expect(open?.attempts[0]).toMatchObject({
      outcome: 'merge_failed',
      reason: 'passes alone, but not together with what landed meanwhile',
    });
    expect(landings(fake).filter((name) => name.startsWith('landStory'))).toHaveLength(1);
  });
});
