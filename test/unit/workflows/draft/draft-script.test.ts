import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftScriptInput } from '../../../../src/contracts/draft-script.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { draftWithRepair } from '../../../../src/workflows/draft/draft-loop.js';
import { draftScriptWorkflow } from '../../../../src/workflows/draft/draft-script.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const INPUT: DraftScriptInput = {
  model: { provider: 'fake', model: 'one' },
  task: 'look at every file',
  repository: { files: [], readme: '', checks: [] },
  profiles: [],
};
const ANSWER = { usage: ZERO_USAGE, costMicroUsd: 7, repeatedCalls: 1 };
const GOOD = { ...ANSWER, text: 'return 1;\n', answer: '', problems: [] };
const BAD = { ...ANSWER, text: null, answer: 'no', problems: ['line 1, column 1: no'] };

beforeEach(() => {
  played.calls.length = 0;
  played.pauses.length = 0;
});

describe('a draft of a script', () => {
  it('is asked for again with what is wrong with the first answer', async () => {
    const replies = [BAD, GOOD];
    played.answer = () => replies.shift();
    expect(await draftScriptWorkflow(INPUT)).toMatchObject({
      text: 'return 1;\n',
      spending: { modelCalls: 2, repeatedModelCalls: 2, costMicroUsd: 14 },
    });
    expect(played.calls.map(({ input }) => input)).toMatchObject([
      { input: INPUT, previous: null, key: { step: 1 } },
      { previous: { answer: 'no', problems: BAD.problems }, key: { step: 2 } },
    ]);
  });

  it('fails with its own code when the second answer cannot run either', async () => {
    played.answer = () => BAD;
    await expect(draftScriptWorkflow(INPUT)).rejects.toMatchObject({
      type: 'ERR_SCRIPT_DRAFT_INVALID',
      message: expect.stringContaining('no valid script in 2 calls:\n  - line 1, column 1: no'),
    });
  });
});

describe('what is drafted', () => {
  it('waits as long as the provider says, makes a call again whose worker died, and no other', async () => {
    const failure = (type: string, details: unknown[] = []) =>
      ApplicationFailure.create({ type, message: type, nonRetryable: true, details });
    const resumeAt = new Date(Date.now() + 90_000).toISOString();
    const ends = [failure('ERR_WORKER_DIED'), failure('ERR_PROVIDER_WAIT', [{ resumeAt }]), GOOD];
    const call = () => () => {
      const end = ends.shift();
      return end instanceof ApplicationFailure ? Promise.reject(end) : Promise.resolve(GOOD);
    };
    const work = { noun: 'thing', code: 'ERR_NO_THING', call };
    expect((await draftWithRepair(work)).text).toBe(GOOD.text);
    ends.push(failure('ERR_PROVIDER_AUTH'));
    await expect(draftWithRepair(work)).rejects.toMatchObject({ type: 'ERR_PROVIDER_AUTH' });
  });
});
