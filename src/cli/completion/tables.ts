import type { CommandNode, OptionNode } from '../help/command-tree.js';

/** What can be typed at one place of the command line. */
export interface CompletionRow {
  /** Words of the command, `ralph run`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionNode[];
  /** Its argument is the id of a run. */
  readonly takesRun: boolean;
}

/** A row for each command, also by its aliases; options of the program may stand behind every command. */
export function completionRows(tree: CommandNode): CompletionRow[] {
  return rows(
    tree,
    '',
    tree.options.filter(({ long }) => long !== '--version'),
  );
}

function rows(node: CommandNode, path: string, general: readonly OptionNode[]): CompletionRow[] {
  const own = path === '' ? node.options : [...node.options, ...general];
  const row: CompletionRow = {
    path,
    commands: node.commands.map(({ name, description }) => ({ name, description })),
    options: own.filter(
      (option, index) => own.findIndex(({ long }) => long === option.long) === index,
    ),
    takesRun: node.arguments.some(({ term }) => /^[<[](run|id)\b/.test(term)),
  };
  const below = node.commands.flatMap((child) =>
    [child.name, ...child.aliases].flatMap((name) =>
      rows(child, path === '' ? name : `${path} ${name}`, general),
    ),
  );
  return [row, ...below];
}

/** `-m --model` */
export function namesOf({ short, long }: OptionNode): string[] {
  return [short, long].filter((name) => name !== null);
}
