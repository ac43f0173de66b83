import { describe, expect, it } from 'vitest';
import { PROVIDER_TABLE } from '../../../../src/domain/provider/provider.js';
import { RETIRED_MODELS, retirementNote } from '../../../../src/domain/provider/retired-model.js';

const GEMINI = { provider: 'google', model: 'gemini-2.5-pro' };

describe('retired models', () => {
  it('are named in the plan with their day and what to use instead', () => {
    expect(retirementNote(GEMINI, new Date('2026-11-25T00:00:00Z'))).toBe(
      'google/gemini-2.5-pro will be switched off on 2026-12-01: use google/gemini-3.8-flash',
    );
    expect(retirementNote(GEMINI, new Date('2026-12-01T00:00:00Z'))).toContain(
      'was switched off on 2026-12-01',
    );
  });

  it('are no concern of other models and other providers', () => {
    const now = new Date('2027-01-01T00:00:00Z');
    expect(retirementNote({ provider: 'google', model: 'gemini-3.8-flash' }, now)).toBeUndefined();
    expect(retirementNote({ ...GEMINI, provider: 'openrouter' }, now)).toBeUndefined();
  });

  it('belong to built-in providers, and nothing replaces them that is retired itself', () => {
    for (const { provider, replacement } of RETIRED_MODELS) {
      expect(Object.keys(PROVIDER_TABLE)).toContain(provider);
      expect(retirementNote({ provider, model: replacement }, new Date())).toBeUndefined();
    }
  });
});
