import { Command, Option } from 'commander';
import { findCommand, type CommandNode } from './command-tree.js';

/**
 * The help text of the command that `words` name, as the program itself would print it at this width; undefined when they name none.
 * It is made without loading any command.
 */
export function helpText(
  tree: CommandNode,
  words: readonly string[],
  columns: number,
): string | undefined {
  const path = findCommand(tree, words);
  if (path === undefined) return undefined;
  const commands = path.map(commandOf);
  // The names of the commands above stand in the usage.
  for (const [index, command] of commands.slice(1).entries()) commands[index]?.addCommand(command);
  const asked = commands.at(-1)?.helpCommand(path.at(-1)?.hasHelp === true);
  for (const child of path.at(-1)?.commands ?? []) asked?.addCommand(commandOf(child));
  let text = '';
  asked?.configureOutput({
    writeOut: (part) => void (text += part),
    getOutHelpWidth: () => columns,
    getOutHasColors: () => false,
  });
  asked?.outputHelp();
  return text;
}

function commandOf(node: CommandNode): Command {
  const command = new Command(node.name).description(node.description);
  for (const alias of node.aliases) command.alias(alias);
  for (const { flags, description } of node.options)
    command.addOption(new Option(flags, description));
  for (const { term, description } of node.arguments) command.argument(term, description);
  if (node.after !== '') command.addHelpText('after', node.after.replace(/\n$/, ''));
  return command;
}
