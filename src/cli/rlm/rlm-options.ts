import type { Command } from 'commander';
import { DEFAULTS } from '../../contracts/light/index.js';
import { parseCount } from '../ralph/limit-options.js';

/** Adds the options that say who answers, and in how many messages. */
export function addModelOptions(command: Command): Command {
  return command
    .option(
      '-m, --model <provider/model>',
      `the model that writes code (default: configuration, else ${DEFAULTS.model})`,
    )
    .option(
      '--sub-model <provider/model>',
      'the model that is asked about pieces (default: the same)',
    )
    .option(
      '--max-iterations <count>',
      `messages of the model (default: ${DEFAULTS.rlmIterations})`,
      parseCount,
    );
}

/** Adds the options that say what is shown, and whether it is waited for. */
export function addShowOptions(command: Command): Command {
  return command
    .option('-v, --verbose', 'show cells, questions and answers at the end')
    .option('--detach', 'ask and return')
    .option('--json', 'print one JSON document');
}
