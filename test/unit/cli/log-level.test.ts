import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { logLevelOption } from '../../../src/cli/log-level.js';

function levelOf(level: string): unknown {
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addOption(logLevelOption())
    .parse(['node', 'x', '--log-level', level]);
  return program.opts<{ logLevel: unknown }>().logLevel;
}

describe('--log-level', () => {
  it.each([
    ['debug', 'debug'],
    ['DEBUG', 'debug'],
    ['Warn', 'warn'],
  ])('takes %s as %s', (level, taken) => {
    expect(levelOf(level)).toBe(taken);
  });

  it('refuses a level that there is not, with those that there are', () => {
    expect(() => levelOf('loud')).toThrow(/trace, debug, info, warn, error/);
  });

  it('names its levels in help', () => {
    expect(new Command().addOption(logLevelOption()).helpInformation()).toMatch(
      /choices:\s+"trace",\s+"debug",\s+"info",\s+"warn",\s+"error"/,
    );
  });
});
