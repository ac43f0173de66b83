import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createProbeActivities } from '../../../../src/activities/model/probe-activities.js';
import { toApplicationFailure } from '../../../../src/activities/lib/failure.js';
import { InfrastructureError } from '../../../../src/domain/light/error.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { forgetSecrets, rememberSecret } from '../../../../src/observability/known-secrets.js';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import { type ModelRequest } from '../../../../src/providers/provider.js';
import { type Providers } from '../../../../src/providers/registry.js';

const KEY = 'the-key-itself-42';

function probe(answer: string | Error) {
  const requests: ModelRequest[] = [];
  const providers: Providers = {
    names: ['fake'],
    resolve: () => ({
      contextWindow: 1000,
      costOf: (_usage, reported) => reported,
      provider: {
        stream: async (request) => {
          requests.push(request);
          if (answer instanceof Error) throw answer;
          return {
            message: { role: 'assistant', content: answer, toolCalls: [] },
            usage: { ...ZERO_USAGE, inputTokens: 9, outputTokens: 1 },
            isUsageEstimated: false,
            finishReason: 'stop',
            providerCostMicroUsd: 7,
          };
        },
      },
    }),
  };
  const { probeModel } = createProbeActivities({ providers });
  const model = { provider: 'fake', model: 'one' };
  const run = (): Promise<unknown> =>
    new MockActivityEnvironment().run(() => probeModel({ model }));
  return { requests, run };
}

afterEach(forgetSecrets);

describe('probeModel', () => {
  it('asks for one word without tools and says what it took', async () => {
    const { requests, run } = probe('ok');
    expect(await run()).toEqual({
      latencyMs: expect.any(Number) as number,
      usage: { ...ZERO_USAGE, inputTokens: 9, outputTokens: 1 },
      costMicroUsd: 7,
    });
    expect(requests).toMatchObject([{ model: 'one', tools: [], maxOutputTokens: 16 }]);
  });

  it('fails with the class of the provider’s error, without a key that it quotes', async () => {
    rememberSecret('fake api_key', KEY);
    const error = new ProviderError('auth', { message: `Incorrect API key: ${KEY}`, status: 401 });
    await expect(probe(error).run()).rejects.toMatchObject({
      type: 'ERR_PROVIDER_AUTH',
      message: expect.stringContaining('[redacted:fake-api_key]') as string,
    });
  });
});

describe('toApplicationFailure', () => {
  it('keeps secrets out of message, details and errors that are not ours', () => {
    rememberSecret('fake api_key', KEY);
    const own = new InfrastructureError('ERR_VAULT_FAILED', {
      message: `a ${KEY}`,
      hint: `b ${KEY}`,
    });
    const failures = [own, new TypeError(`c ${KEY}`)].map(toApplicationFailure);
    expect(failures).toMatchObject([
      { type: 'ERR_VAULT_FAILED', message: 'a [redacted:fake-api_key]' },
      { type: 'TypeError', message: 'c [redacted:fake-api_key]' },
    ]);
    expect(JSON.stringify(failures)).not.toContain(KEY);
  });
});
