import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { ZERO_USAGE } from '../../../src/domain/agent/model.js';
import { type ProviderSettings } from '../../../src/domain/provider/provider.js';
import { createProviders, type Providers } from '../../../src/providers/registry.js';

function providers(
  config: Record<string, ProviderSettings> = {},
  environmentKeys: Record<string, string> = {},
): Providers {
  return createProviders({
    config,
    environmentKeys,
    secrets: {
      readProviderSecret: async (name) => {
        throw new InvalidInputError('ERR_SECRET_MISSING', {
          message: `no key for ${name}`,
          hint: `codetether auth set ${name}`,
        });
      },
      invalidate: () => undefined,
    },
  });
}

function refusal(run: () => unknown): InvalidInputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the provider registry', () => {
  it('knows the eight built-in providers and the configured ones', () => {
    expect(providers({ local: {} }).names).toEqual([
      'anthropic',
      'azure-anthropic',
      'deepseek',
      'google',
      'local',
      'moonshotai',
      'openai',
      'openrouter',
      'stepfun',
    ]);
  });

  it('refuses an unknown provider with the names it knows', () => {
    const error = refusal(() => providers().resolve({ provider: 'nobody', model: 'm' }));
    expect([error.code, error.exitCode, error.hint?.includes('moonshotai')]).toEqual([
      'ERR_PROVIDER_UNKNOWN',
      2,
      true,
    ]);
  });

  it('refuses a model that the configuration does not list', () => {
    const error = refusal(() =>
      providers({ local: { baseUrl: 'http://h', models: ['a', 'b'] } }).resolve({
        provider: 'local',
        model: 'c',
      }),
    );
    expect([error.code, error.hint]).toEqual(['ERR_MODEL_UNKNOWN', 'use one of local/a, local/b']);
  });

  it('refuses a keyless provider without an address', () => {
    const error = refusal(() =>
      providers({ local: { auth: 'none' } }).resolve({ provider: 'local', model: 'm' }),
    );
    expect([error.code, error.where?.field]).toEqual([
      'ERR_PROVIDER_CONFIG',
      'providers.local.base_url',
    ]);
  });

  it('takes the context window from configuration, then the snapshot, then the table', () => {
    const all = providers({ local: { auth: 'none', baseUrl: 'http://h', contextWindow: 4096 } });
    expect(
      [
        { provider: 'local', model: 'm' },
        { provider: 'moonshotai', model: 'kimi-k2.5' },
        { provider: 'stepfun', model: 'step-3.5-flash' },
      ].map((reference) => all.resolve(reference).contextWindow),
    ).toEqual([4096, 262_144, 262_144]);
  });

  it('prices a configured model by its configured price', () => {
    const price = { inputPerMillionUsd: 1, outputPerMillionUsd: 2 };
    const model = providers({ local: { auth: 'none', baseUrl: 'http://h', price } }).resolve({
      provider: 'local',
      model: 'm',
    });
    expect(model.costOf({ ...ZERO_USAGE, inputTokens: 10, outputTokens: 10 }, null)).toBe(30);
  });

  it('says that a key in the environment is not used, and which command stores it', async () => {
    const { provider } = providers({}, { openai: 'OPENAI_API_KEY' }).resolve({
      provider: 'openai',
      model: 'gpt-5.5',
    });
    const call = provider.stream(
      { model: 'gpt-5.5', messages: [], tools: [] },
      { signal: new AbortController().signal },
    );
    await expect(call).rejects.toMatchObject({
      code: 'ERR_SECRET_MISSING',
      hint: 'codetether auth set openai',
      message: expect.stringContaining('OPENAI_API_KEY is not used') as string,
    });
  });
});
