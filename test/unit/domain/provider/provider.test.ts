import { describe, expect, it } from 'vitest';
import { parseModelReference } from '../../../../src/domain/agent/model.js';
import {
  PROVIDER_TABLE,
  providerNames,
  resolveProviderEntry,
  suggestedModel,
  type ProviderSettings,
} from '../../../../src/domain/provider/provider.js';

const resolve = (text: string, settings: Readonly<Record<string, ProviderSettings>> = {}) =>
  resolveProviderEntry(parseModelReference(text), settings);

describe('resolveProviderEntry', () => {
  it('gives the table’s entry where nobody configured anything', () => {
    expect(resolve('deepseek/deepseek-chat')).toEqual(PROVIDER_TABLE['deepseek']);
  });

  it('puts settings over the table', () => {
    expect(
      resolve('deepseek/deepseek-chat', {
        deepseek: { baseUrl: 'http://localhost:1/v1', auth: 'none' },
      }),
    ).toEqual({ ...PROVIDER_TABLE['deepseek'], baseUrl: 'http://localhost:1/v1', auth: 'none' });
  });

  it('takes a provider that only configuration knows', () => {
    expect(
      resolve('local/x', { local: { baseUrl: 'http://localhost:1/v1', auth: 'none' } }),
    ).toEqual({
      wire: 'openai-chat',
      baseUrl: 'http://localhost:1/v1',
      auth: 'none',
      defaultModel: null,
      priceId: null,
      contextWindow: 131_072,
      quirks: {},
    });
  });

  it('names the known providers for one that nobody knows', () => {
    expect(() => resolve('nope/x', { local: {} })).toThrow(
      expect.objectContaining({
        code: 'ERR_PROVIDER_UNKNOWN',
        exitCode: 2,
        hint: expect.stringMatching(/anthropic, .*local, .*moonshotai/),
      }),
    );
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'does not take %s for a provider',
    (name) => {
      expect(() => resolve(`${name}/x`)).toThrow(
        expect.objectContaining({ code: 'ERR_PROVIDER_UNKNOWN' }),
      );
    },
  );

  it('refuses a model that the settings do not list', () => {
    expect(() => resolve('local/b', { local: { models: ['a'] } })).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_UNKNOWN', hint: 'use one of local/a' }),
    );
  });
});

describe('providerNames', () => {
  it('lists table and settings once each, sorted', () => {
    const names = providerNames({ zz: {}, openai: {} });
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(names).toEqual(expect.arrayContaining(['openai', 'zz', 'azure-anthropic']));
  });
});

describe('suggestedModel', () => {
  it('names a model of each provider that has models of its own, as a reference', () => {
    const suggested = Object.keys(PROVIDER_TABLE).map(suggestedModel);
    expect(suggested).toContain('openai/gpt-5.5');
    for (const reference of suggested)
      if (reference !== null) expect(() => resolve(reference)).not.toThrow();
    expect(suggested.filter((reference) => reference === null)).toHaveLength(1);
  });

  it.each(['azure-anthropic', 'local', 'constructor', ''])('names none for "%s"', (provider) => {
    expect(suggestedModel(provider)).toBeNull();
  });
});
