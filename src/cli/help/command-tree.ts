/** One option as it stands in a help text. */
export interface OptionNode {
  /** As commander writes it: `-m, --model <provider/model>`. */
  readonly flags: string;
  readonly short: string | null;
  readonly long: string | null;
  /** With choices and default. */
  readonly description: string;
  /** Empty = any. */
  readonly choices: readonly string[];
  readonly takesValue: boolean;
}

/** One command with all below it: everything that help and completion say, without the code of the commands. */
export interface CommandNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly options: readonly OptionNode[];
  /** `<run>`, `[file...]` with what they mean. */
  readonly arguments: readonly { readonly term: string; readonly description: string }[];
  /** What follows the lists: examples and the like. */
  readonly after: string;
  /** It has a command `help`, as families have that do nothing by themselves. */
  readonly hasHelp: boolean;
  readonly commands: readonly CommandNode[];
}

/** The command that these words name; undefined when one of them is none. Pure. */
export function findCommand(
  tree: CommandNode,
  words: readonly string[],
): readonly CommandNode[] | undefined {
  const path = [tree];
  for (const word of words) {
    const next = path
      .at(-1)
      ?.commands.find(({ name, aliases }) => name === word || aliases.includes(word));
    if (next === undefined) return undefined;
    path.push(next);
  }
  return path;
}
