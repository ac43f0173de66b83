import { Option, type Command } from 'commander';
import { InvalidInputError } from '../../domain/index.js';
import { REFUSED, type Refused } from './refused.js';

/** Makes what the earlier tool had and this one has not end with 2 and its reason, instead of as something unknown. */
export function refuseEarlier(program: Command): void {
  for (const refused of REFUSED) {
    const words = refused.command.split(' ').filter((word) => word !== '');
    if (refused.flags === undefined) {
      const family = commandAt(program, words.slice(0, -1));
      const name = words.at(-1) ?? '';
      family
        ?.command(name, { hidden: true })
        .argument('[words...]')
        .allowUnknownOption()
        .action(() => refuse(`codetether ${refused.command}`, refused));
      continue;
    }
    const command = commandAt(program, words);
    const option = new Option(refused.flags).hideHelp();
    command?.addOption(option);
    command?.on(`option:${option.name()}`, () =>
      refuse(option.long ?? refused.flags ?? '', refused),
    );
  }
}

/** The command that these words name; undefined in a program that has but some of the commands. */
function commandAt(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((child) => child.name() === word),
    program,
  );
}

function refuse(what: string, { reason, hint }: Refused): never {
  throw new InvalidInputError('ERR_NOT_SUPPORTED', {
    message: `${what} does not exist here: ${reason}`,
    where: { field: what },
    hint,
  });
}
