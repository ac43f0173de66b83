import type { Argument, Command, Option } from 'commander';
import type { CommandNode, OptionNode } from './command-tree.js';

/** What a program's commands say of themselves; hidden commands and options are left out. */
export function describeProgram(command: Command): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    aliases: command.aliases(),
    description: command.description(),
    options: help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => describeOption(option, help.optionDescription(option))),
    arguments: command.registeredArguments.map((argument) => ({
      term: termOf(argument),
      description: help.argumentDescription(argument),
    })),
    after: textAfter(command),
    hasHelp: help.visibleCommands(command).some((child) => child.name() === 'help'),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map(describeProgram),
  };
}

function describeOption(option: Option, description: string): OptionNode {
  return {
    flags: option.flags,
    short: option.short ?? null,
    long: option.long ?? null,
    description,
    choices: option.argChoices ?? [],
    takesValue: option.required || option.optional,
  };
}

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** What is printed behind the help itself: commander gives it to nobody but the output. */
function textAfter(command: Command): string {
  let text = '';
  const usual = command.configureOutput();
  command.configureOutput({ ...usual, writeOut: (part) => void (text += part) });
  command.outputHelp();
  const { length } = command.helpInformation();
  command.configureOutput(usual);
  return text.slice(length);
}
