import { describe, expect, it } from 'vitest';
import { namedModel } from '../../../../src/cli/auth/named-model.js';
import { checkKey } from '../../../../src/cli/auth/read-key.js';

describe('checkKey', () => {
  it('gives a key back as it is', () => {
    expect(checkKey('sk-abc_DEF+/=', 'openai')).toBe('sk-abc_DEF+/=');
  });

  it.each([
    '',
    'short',
    'two words of it',
    'line\nbreak-in-key',
    'kéy-beyond-ascii',
    'x'.repeat(5000),
  ])('refuses %j and never quotes it', (key) => {
    const refusal = (): string => checkKey(key, 'openai');
    expect(refusal).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_INVALID', exitCode: 2 }) as Error,
    );
    try {
      refusal();
    } catch (error) {
      if (key !== '') expect((error as Error).message).not.toContain(key);
    }
  });
});

describe('namedModel', () => {
  it('takes the whole reference or the model alone', () => {
    expect(namedModel('openai', 'gpt-5.5')).toBe('openai/gpt-5.5');
    expect(namedModel('openai', 'openai/gpt-5.5')).toBe('openai/gpt-5.5');
    expect(namedModel('openrouter', 'stepfun/flash:free')).toBe('openrouter/stepfun/flash:free');
  });

  it('refuses a model of another provider', () => {
    expect(() => namedModel('openai', 'anthropic/claude')).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_REFERENCE_INVALID' }) as Error,
    );
  });
});
