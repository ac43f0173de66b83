import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftPrdCall } from '../../../../src/activities/draft/draft-activities.js';
import type { DraftPrdInput } from '../../../../src/contracts/draft-prd.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { draftPrdWorkflow } from '../../../../src/workflows/draft/draft-prd.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const INPUT = {
  model: { provider: 'fake', model: 'one' },
  request: 'a shop',
  project: 'shop',
  feature: null,
  repository: {},
} as unknown as DraftPrdInput;
const ANSWER = { usage: ZERO_USAGE, costMicroUsd: 7, repeatedCalls: 0 };
const GOOD = { ...ANSWER, text: '{"stories":[]}', answer: '', problems: [] };
const BAD = { ...ANSWER, text: null, answer: 'no JSON', problems: ['it is no JSON'] };

/** Answers calls in turn; a failure is thrown. */
function answers(...replies: readonly (object | ApplicationFailure)[]): void {
  const left = [...replies];
  played.answer = () => {
    const reply = left.shift();
    if (reply instanceof ApplicationFailure) throw reply;
    return reply;
  };
}

const drafts = (): DraftPrdCall[] => played.calls.map(({ input }) => input as DraftPrdCall);
const wait = (resumeAt: unknown): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'ERR_PROVIDER_WAIT',
    message: 'busy',
    nonRetryable: true,
    details: [{ resumeAt }],
  });

beforeEach(() => {
  played.calls.length = 0;
  played.pauses.length = 0;
});

describe('a draft of a PRD', () => {
  it('is the answer of one call when that is valid', async () => {
    answers(GOOD);
    expect(await draftPrdWorkflow(INPUT)).toMatchObject({
      text: GOOD.text,
      spending: { turns: 1, modelCalls: 1, costMicroUsd: 7 },
    });
    expect(drafts()).toMatchObject([{ previous: null, key: { step: 1 } }]);
  });

  it('is asked for again with the problems of the first answer, and both calls are paid', async () => {
    answers(BAD, GOOD);
    expect((await draftPrdWorkflow(INPUT)).spending).toMatchObject({
      modelCalls: 2,
      costMicroUsd: 14,
    });
    expect(drafts()[1]).toMatchObject({
      previous: { answer: 'no JSON', problems: ['it is no JSON'] },
      key: { step: 2 },
    });
    expect(played.details).toContain('**repairs** 1 problems of the first answer');
  });

  it('fails with the problems and what was spent when the second answer is no better', async () => {
    answers(BAD, BAD);
    await expect(draftPrdWorkflow(INPUT)).rejects.toMatchObject({
      type: 'ERR_PRD_DRAFT_INVALID',
      message: expect.stringContaining('  - it is no JSON'),
      details: [{ problems: ['it is no JSON'], spending: { modelCalls: 2 } }],
    });
  });

  it.each([
    ['a worker that died', ApplicationFailure.nonRetryable('died', 'ERR_WORKER_DIED'), 1000],
    ['a time that has passed', wait('2020-01-01T00:00:00Z'), 1000],
    ['a time far away', wait('2999-01-01T00:00:00Z'), 3_600_000],
    ['no time that can be read', wait('soon'), 60_000],
    ['no time at all', wait(undefined), 60_000],
  ])('waits for %s, then makes the same call under its key', async (_name, failure, pauseMs) => {
    answers(failure, GOOD);
    await draftPrdWorkflow(INPUT);
    const [first, second] = drafts();
    expect(second).toEqual(first);
    expect(played.pauses).toEqual([pauseMs]);
  });

  it('fails at once with what waiting does not mend', async () => {
    const refused = ApplicationFailure.nonRetryable('no key', 'ERR_PROVIDER_AUTH');
    answers(refused);
    await expect(draftPrdWorkflow(INPUT)).rejects.toBe(refused);
    expect(played.pauses).toEqual([]);
  });
});
