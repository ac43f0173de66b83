import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addA2aCommand } from '../../../../src/cli/a2a/a2a.js';

describe('codetether a2a', () => {
  const program = new Command('codetether');
  addA2aCommand(program);
  const family = program.commands[0];

  it('has a command for each thing that an agent is asked', () => {
    expect(family?.commands.map((command) => command.name())).toEqual([
      'card',
      'send',
      'stream',
      'get',
      'cancel',
      'list',
    ]);
  });

  it.each(family?.commands.map((command) => [command.name(), command] as const) ?? [])(
    'explains %s with examples',
    (name, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain(`codetether a2a ${name} `);
      expect(help).toContain('--json');
      expect(help).toContain('--transport');
    },
  );
});
