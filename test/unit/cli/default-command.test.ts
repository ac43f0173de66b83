import { describe, expect, it } from 'vitest';
import { withDefaultCommand } from '../../../src/cli/default-command.js';

describe('a command line without a command', () => {
  it.each([
    [[], true, ['worker']],
    [['--debug'], true, ['--debug', 'worker']],
    [['--config', 'x.toml'], true, ['--config', 'x.toml', 'worker']],
    [['-s', 'https://p'], false, ['worker', '-s', 'https://p']],
    [['--server=https://p', '--json'], false, ['worker', '--server=https://p', '--json']],
    [
      ['--config=x', '--log-level', 'info', '-n', 'me'],
      true,
      ['--config=x', '--log-level', 'info', 'worker', '-n', 'me'],
    ],
    [['-t', 'token'], true, ['worker', '-t', 'token']],
  ])('%j is the worker when there is a server (%s)', (words, hasServer, expected) => {
    expect(withDefaultCommand(words, hasServer)).toEqual(expected);
  });

  it('asks for nothing when it is empty and no server is known', () => {
    expect(withDefaultCommand([], false)).toBeUndefined();
  });

  it.each([
    [['ralph', 'run', '-s', 'x']],
    [['--help']],
    [['-V']],
    [['--debug']],
    [['swarm', '-s', 'auto']],
    [['--config']],
  ])('%j stays as it is', (words) => {
    expect(withDefaultCommand(words, false)).toEqual(words);
  });

  it.each([[['ps']], [['--help']], [['--version']]])(
    '%j stays as it is, also where a server is known',
    (words) => {
      expect(withDefaultCommand(words, true)).toEqual(words);
    },
  );
});
