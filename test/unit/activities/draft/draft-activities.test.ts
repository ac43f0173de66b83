import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import {
  createDraftActivities,
  type DraftPrdCall,
} from '../../../../src/activities/draft/draft-activities.js';
import { ZERO_USAGE, type ModelReference } from '../../../../src/domain/agent/model.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import { type ModelRequest } from '../../../../src/providers/provider.js';
import { type Providers } from '../../../../src/providers/registry.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const call: DraftPrdCall = {
  key: { scope: 'w', step: 1, index: 0 },
  input: {
    model: { provider: 'fake', model: 'one' },
    request: 'Say hello.',
    project: 'demo',
    feature: 'Hello',
    repository: { files: [], readme: '', checks: [] },
  },
  createdAt: '2026-01-02T03:04:05.000Z',
  previous: null,
};
const GOOD = JSON.stringify({
  project: 'p',
  feature: 'f',
  user_stories: [{ id: 'US-001', title: 'a' }],
});

async function bench(
  answers: (string | Error)[],
  finishReason: 'stop' | 'length' = 'stop',
  fallbackModels: ModelReference[] = [],
) {
  const requests: ModelRequest[] = [];
  const providers: Providers = {
    names: ['fake'],
    resolve: () => ({
      contextWindow: 1000,
      costOf: (_usage, reported) => reported,
      provider: {
        stream: async (request) => {
          requests.push(request);
          const answer = answers.shift() ?? '';
          if (answer instanceof Error) throw answer;
          return {
            message: { role: 'assistant', content: answer, toolCalls: [] },
            usage: { ...ZERO_USAGE, inputTokens: 10, outputTokens: 5 },
            isUsageEstimated: false,
            finishReason,
            providerCostMicroUsd: 42,
          };
        },
      },
    }),
  };
  const journal = createStepJournal(join(await temporaryFolder(), 'journal'));
  const { draftPrd } = createDraftActivities({ journal, providers, fallbackModels });
  const environment = new MockActivityEnvironment();
  return {
    requests,
    draft: async (change: Partial<DraftPrdCall> = {}) =>
      (await environment.run(() => draftPrd({ ...call, ...change }))) as Awaited<
        ReturnType<typeof draftPrd>
      >,
  };
}

describe('draftPrd', () => {
  it('asks once without tools, and a repeated step is read back instead of paid again', async () => {
    const { requests, draft } = await bench([GOOD]);
    const reply = await draft();
    expect(reply).toMatchObject({ problems: [], answer: '', costMicroUsd: 42, repeatedCalls: 0 });
    expect(JSON.parse(reply.text ?? '')).toMatchObject({ project: 'demo', feature: 'Hello' });
    expect(await draft()).toEqual(reply);
    expect(
      requests.map(({ messages, tools }) => [messages.map(({ role }) => role), tools]),
    ).toEqual([[['system', 'user'], []]]);
  });

  it('answers a bad PRD with its problems, and hands them to the model on the next call', async () => {
    const { requests, draft } = await bench(['{"user_stories": []}', GOOD]);
    const first = await draft();
    expect(first).toMatchObject({ text: null, answer: '{"user_stories": []}' });
    expect(first.problems).toContain('field user_stories: holds no story');
    const second = await draft({ key: { ...call.key, step: 2 }, previous: first });
    expect(second.text).not.toBeNull();
    expect(requests[1]?.messages.at(-1)?.content).toContain('- field user_stories: holds no story');
    expect(requests[1]?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ]);
  });

  it('says that an answer was cut off', async () => {
    const { draft } = await bench([GOOD.slice(0, -5)], 'length');
    expect((await draft()).problems[0]).toBe('the answer was cut off: write less');
  });

  it('fails like every model call: a long wait is a typed failure', async () => {
    const wait = new ProviderError('rate_limit', { message: 'slow down', retryAfterMs: 600_000 });
    const { draft } = await bench([wait]);
    await expect(draft()).rejects.toMatchObject({ type: 'ERR_PROVIDER_WAIT', nonRetryable: true });
  });

  it('is asked of the fallback model when the chosen one is gone', async () => {
    const gone = new ProviderError('model_gone', { message: 'retired' });
    const other = { provider: 'fake', model: 'two' };
    const { draft, requests } = await bench([gone, GOOD], 'stop', [other]);
    expect((await draft()).text).not.toBeNull();
    expect(requests.map((request) => request.model)).toEqual(['one', 'two']);
  });
});
