import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { findCommand, type CommandNode } from '../../../../src/cli/help/command-tree.js';
import { describeProgram } from '../../../../src/cli/help/describe-program.js';
import { quickHelp } from '../../../../src/cli/help/entry.js';
import { helpText } from '../../../../src/cli/help/print-help.js';
import { createProgram } from '../../../../src/cli/program.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const program = createProgram('0.0.0');
const tree = describeProgram(program);

/** The commands that help names. */
function shown(command: Command): Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return command.commands.filter((child) => visible.includes(child));
}

/** Every command with the words that lead to it. */
function all(
  command: Command,
  words: readonly string[] = [],
): [string, readonly string[], Command][] {
  return [
    [words.join(' '), words, command],
    ...shown(command).flatMap((child) => all(child, [...words, child.name()])),
  ];
}

/** What commander itself prints, commands loaded. */
function printed(command: Command, columns: number): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => void (text += part),
    getOutHelpWidth: () => columns,
  });
  command.outputHelp();
  return text;
}

describe('help without the commands', () => {
  it.each(all(program))(
    'is what codetether %s --help prints, at any width',
    (_name, words, command) => {
      const kept = JSON.parse(JSON.stringify(tree)) as CommandNode;
      for (const columns of [40, 80, 160])
        expect(helpText(kept, words, columns)).toBe(printed(command, columns));
    },
  );

  it('is found by an alias, and of no command that there is not', () => {
    expect(findCommand(tree, ['swarm', 'resume'])?.at(-1)?.name).toBe('retry');
    expect(helpText(tree, ['swarm', 'nonsense'], 80)).toBeUndefined();
    expect(helpText(tree, ['rlm', 'what is it?'], 80)).toBeUndefined();
  });

  it('is read from the file of the build', async () => {
    const file = join(await temporaryFolder(), 'commands.json');
    await writeFile(file, JSON.stringify(tree));
    const url = pathToFileURL(file);
    expect(quickHelp(['ps', '--help'], url)).toContain('Usage: codetether ps');
    expect(quickHelp(['--help'], url)).toContain('Usage: codetether [options] [command]');
    expect(quickHelp(['nonsense', '--help'], url)).toBeUndefined();
  });
});
