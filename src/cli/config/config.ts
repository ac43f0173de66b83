import type { Command } from 'commander';
import { InvalidInputError } from '../../domain/index.js';
import { addConfigFileCommands, initConfig } from './file-commands.js';
import { addConfigSetCommand, setConfig } from './set.js';
import { addConfigShowCommands, showConfig } from './show.js';

interface SeedOptions {
  readonly show?: boolean;
  readonly init?: boolean;
  readonly set?: string;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether config show                         every key with its value, and who said so
  codetether config set default_model openrouter/stepfun/step-3.5-flash:free
  codetether config set --project setup '["npm ci"]'
  codetether config get serve.port
  codetether config validate                     all problems of all files at once
  codetether config --show                       the same as config show; also --init and --set KEY=VALUE

Files, weakest first: your own (codetether config path), ./codetether.toml, ./.codetether/config.toml, --config FILE.`;

/** Adds the family `codetether config …`. */
export function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .description('show, set and check the configuration')
    .option('--show', 'the same as config show')
    .option('--init', 'the same as config init')
    .option('--set <key=value>', 'the same as config set')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: SeedOptions, command: Command) => {
      const wanted = [options.show, options.init, options.set].filter((one) => one !== undefined);
      if (wanted.length > 1) {
        throw new InvalidInputError('ERR_USAGE', {
          message: '--show, --init and --set do not go together',
          hint: 'give one of them; codetether config --help shows the commands',
        });
      }
      if (options.init === true) await initConfig({}, command);
      else if (options.set !== undefined) await setConfig([options.set], {}, command);
      else await showConfig(undefined, command);
    });
  addConfigShowCommands(config);
  addConfigSetCommand(config);
  addConfigFileCommands(config);
}
