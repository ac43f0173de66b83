import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';

/** The help of a command and of all below it, by full name. */
function helps(command: Command, path: readonly string[] = []): [string, string][] {
  const name = [...path, command.name()];
  let text = '';
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  // What the earlier tool had and this one refuses has nothing to explain.
  const shown = command.createHelp().visibleCommands(command);
  const commands = command.commands.filter((child) => shown.includes(child));
  return [[name.join(' '), text], ...commands.flatMap((child) => helps(child, name))];
}

const all = helps(createProgram('0.0.0'));

describe('the command line', () => {
  it('has the commands that the documents name', () => {
    const names = all.map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(
        ['ralph run', 'ralph status', 'ralph validate', 'runs list', 'runs cancel', 'up'].map(
          (name) => `codetether ${name}`,
        ),
      ),
    );
  });

  it.each(all)('explains %s with an example of its own', (name, text) => {
    expect(text).toContain(`Usage: ${name}`);
    const example = text.slice(text.search(/^Examples?:$/m));
    expect(text).toMatch(/^Examples?:$/m);
    expect(example).toContain(name);
  });
});
