import { describe, expect, it } from 'vitest';
import { withDefaultCommand, type Surroundings } from '../../../src/cli/default-command.js';

const place = (changes: Partial<Surroundings> = {}): Surroundings => ({
  hasServer: false,
  isTerminal: false,
  isProject: () => false,
  ...changes,
});

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
    expect(withDefaultCommand(words, place({ hasServer }))).toEqual(expected);
  });

  it('asks for nothing when it is empty and no server is known', () => {
    expect(withDefaultCommand([], place())).toBeUndefined();
  });

  it.each([
    [['ralph', 'run', '-s', 'x']],
    [['--help']],
    [['-V']],
    [['--debug']],
    [['swarm', '-s', 'auto']],
    [['--config']],
  ])('%j stays as it is', (words) => {
    expect(withDefaultCommand(words, place())).toEqual(words);
  });

  it.each([[['ps']], [['--help']], [['--version']]])(
    '%j stays as it is, also where a server is known',
    (words) => {
      expect(withDefaultCommand(words, place({ hasServer: true }))).toEqual(words);
    },
  );

  it.each([
    [[], ['tui']],
    [
      ['--config', 'x.toml'],
      ['--config', 'x.toml', 'tui'],
    ],
    [['--debug'], ['--debug', 'tui']],
    // its value is missing
    [['--config'], ['--config']],
  ])('%j is the screen for a person at a terminal', (words, expected) => {
    expect(withDefaultCommand(words, place({ isTerminal: true }))).toEqual(expected);
  });

  it('is the worker where a server is known, also at a terminal', () => {
    const around = place({ isTerminal: true, hasServer: true });
    expect(withDefaultCommand([], around)).toEqual(['worker']);
  });

  it('is the screen in the folder of a project, also where its command has to refuse it', () => {
    const around = place({ isProject: (word) => word === './demo' });
    expect(withDefaultCommand(['./demo'], around)).toEqual(['tui', './demo']);
    expect(withDefaultCommand(['--debug', './demo'], around)).toEqual(['--debug', 'tui', './demo']);
    expect(withDefaultCommand(['ps', './demo'], around)).toEqual(['ps', './demo']);
  });
});
