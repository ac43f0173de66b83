import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addProofOptions } from '../../../../src/cli/ralph/proof-options.js';

function parse(...words: string[]): Record<string, unknown> {
  const command = addProofOptions(new Command('run').exitOverride());
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts();
}

describe('the options of a proof', () => {
  it('are all optional', () => {
    expect(parse()).toEqual({ checks: true, setup: undefined, buildCaches: true });
  });

  it('gather what may be given again', () => {
    expect(
      parse(
        '--check',
        'a=b',
        '--check',
        'c=d',
        '--setup',
        'x',
        '--canaries',
        'always',
        '--allow-check-changes',
      ),
    ).toEqual({
      check: ['a=b', 'c=d'],
      checks: true,
      setup: ['x'],
      buildCaches: true,
      canaries: 'always',
      allowCheckChanges: true,
    });
  });

  it('refuse a mode that there is not', () => {
    expect(() => parse('--canaries', 'sometimes')).toThrow(/auto, always, off/);
  });
});
