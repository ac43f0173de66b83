import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { DraftPrdCall, DraftActivities } from '../../src/activities/draft/draft-activities.js';
import { draftPrd, type DraftedPrd } from '../../src/client/drafts.js';
import type { DraftReply } from '../../src/activities/model/draft.js';
import type { DraftPrdInput } from '../../src/contracts/draft-prd.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { useTimeSkipping, WORKFLOW_BUNDLE } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
let queue = 0;

const input: DraftPrdInput = {
  model: { provider: 'fake', model: 'one' },
  request: 'Say hello.',
  project: 'demo',
  feature: null,
  repository: { files: [], readme: '', checks: [] },
};
const reply = (fields: Partial<DraftReply>): DraftReply => ({
  text: null,
  problems: [],
  answer: '',
  usage: { ...ZERO_USAGE, inputTokens: 10 },
  costMicroUsd: 5,
  repeatedCalls: 0,
  ...fields,
});

/** Runs drafts under one workflow id, one after the other, with what the activity answers. */
async function drafts(
  answer: (call: DraftPrdCall, count: number) => DraftReply,
  commands = 1,
): Promise<{ calls: DraftPrdCall[]; results: DraftedPrd[] }> {
  queue += 1;
  const taskQueue = `draft-${queue}`;
  const calls: DraftPrdCall[] = [];
  const activities: DraftActivities = {
    draftPrd: async (call) => answer(call, calls.push(call)),
    draftScript: () => Promise.reject(new Error('no script was asked for')),
  };
  const worker = await Worker.create({
    connection: environment().nativeConnection,
    taskQueue,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities,
  });
  const { client } = environment();
  const results: DraftedPrd[] = [];
  await worker.runUntil(async () => {
    for (let command = 0; command < commands; command += 1)
      results.push(await draftPrd({ temporal: client, taskQueue, workflowId: taskQueue, input }));
  });
  return { calls, results };
}

describe('draftPrdWorkflow', () => {
  it('gives the first valid answer with what it cost, and the same to a later command', async () => {
    const { calls, results } = await drafts(() => reply({ text: '{}' }), 2);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ input, previous: null, key: { step: 1 } });
    const draft = { text: '{}', spending: { modelCalls: 1, costMicroUsd: 5 } };
    expect(results).toMatchObject([
      { ...draft, isKnown: false },
      { ...draft, isKnown: true },
    ]);
  });

  it('asks once more with the problems', async () => {
    const { calls, results } = await drafts((_call, count) =>
      count === 1 ? reply({ problems: ['no title'], answer: 'bad' }) : reply({ text: '{}' }),
    );
    expect(calls[1]).toMatchObject({
      key: { step: 2 },
      previous: { answer: 'bad', problems: ['no title'] },
      createdAt: calls[0]?.createdAt,
    });
    expect(results[0]?.spending).toMatchObject({ modelCalls: 2, costMicroUsd: 10 });
  });

  it('fails with the problems of the second answer', async () => {
    const draft = drafts((_call, count) => reply({ problems: [`problem ${count}`] }));
    await expect(draft).rejects.toMatchObject({
      code: 'ERR_PRD_DRAFT_INVALID',
      exitCode: 1,
      message: expect.stringContaining('problem 2') as string,
      data: { details: { problems: ['problem 2'], spending: { modelCalls: 2 } } },
    });
  });

  it('waits as long as the provider says, under the same step key', async () => {
    const before = await environment().currentTimeMs();
    const { calls } = await drafts((_call, count) => {
      if (count > 1) return reply({ text: '{}' });
      throw ApplicationFailure.create({
        type: 'ERR_PROVIDER_WAIT',
        nonRetryable: true,
        details: [{ resumeAt: new Date(before + 1_800_000).toISOString() }],
      });
    });
    expect(calls.map(({ key }) => key)).toEqual([calls[0]?.key, calls[0]?.key]);
    expect((await environment().currentTimeMs()) - before).toBeGreaterThan(1_700_000);
  });

  it('hands the failure of a model call to the command', async () => {
    const draft = drafts(() => {
      throw ApplicationFailure.nonRetryable('the key is wrong', 'ERR_PROVIDER_AUTH');
    });
    await expect(draft).rejects.toMatchObject({ code: 'ERR_PROVIDER_AUTH', exitCode: 3 });
  });
});
