import { InvalidArgumentError, Option } from 'commander';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

/** What the worker logs; levels in capitals as well, as the earlier tool took them. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'what the worker logs')
    .choices(LEVELS)
    .argParser((text) => {
      const level = text.toLowerCase();
      if (LEVELS.includes(level)) return level;
      throw new InvalidArgumentError(`Allowed choices are ${LEVELS.join(', ')}.`);
    });
}
