import { describe, expect, it } from 'vitest';
import { modelTable } from '../../../src/cli/commands/models.js';

const KIMI = {
  provider: 'moonshotai',
  model: 'kimi-k2.5',
  contextWindow: 262_144,
  prices: { input: 0.6, cachedInput: 0.1, cacheWrite: null, output: 3 },
  isDefault: true,
  fallbackRank: null,
  retirement: null,
};

describe('the table of models', () => {
  it('has windows, prices and remarks in columns', () => {
    const old = {
      ...KIMI,
      model: 'old',
      contextWindow: 1_000_000,
      prices: { input: null, cachedInput: null, cacheWrite: null, output: null },
      isDefault: false,
      fallbackRank: 2,
      retirement: { endsOn: '2026-12-01', replacement: 'moonshotai/new' },
    };
    expect(modelTable([KIMI, old]).split('\n')).toEqual([
      'MODEL                 CONTEXT  INPUT  CACHED  OUTPUT',
      'moonshotai/kimi-k2.5  262k     $0.6   $0.1    $3      default',
      'moonshotai/old        1M       ?      ?       ?       fallback 2, ends 2026-12-01, use moonshotai/new',
    ]);
  });

  it('says what to do where no model is known by name', () => {
    expect(modelTable([])).toContain('PROVIDER/MODEL');
  });
});
