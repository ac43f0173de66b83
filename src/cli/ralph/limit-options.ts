import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULTS } from '../../contracts/light/index.js';

/** Adds the options that limit money, tokens, calls and time, and say how many stories run at once. */
export function addLimitOptions(command: Command): Command {
  addBudgetOptions(command).option(
    '--parallel <count>',
    `stories worked on at once, each in a lane of its own (default: ${DEFAULTS.parallel})`,
    parseLanes,
  );
  return addWaitOptions(command);
}

/** Adds the options that say how long a run waits, and for what it does not. `before` = what is left out is as it was. */
export function addWaitOptions(command: Command, before?: 'before'): Command {
  const hours = before === undefined ? `${DEFAULTS.waitLimitHours}h` : 'as before';
  return command
    .option(
      '--max-wait <duration>',
      `wait so long for a network, provider or Vault that does not answer (default: ${hours})`,
    )
    .addOption(
      new Option(
        '--on-limit <what>',
        `at a limit of the provider: wait until it is over, stop the run, or ask (pause until runs resume) (default: ${before === undefined ? 'wait' : 'as before'})`,
      ).choices(['wait', 'stop', 'ask']),
    )
    .addOption(
      new Option(
        '--no-resume-after <when>',
        'a limit that is over later than this moment (07:00, 8h, ISO 8601) pauses the run in place of being waited out',
      ),
    );
}

/** Adds the options of a budget and of the moment to stop at; a limit that is reached pauses the run. */
export function addBudgetOptions(command: Command): Command {
  return command
    .option('--budget-usd <amount>', 'US dollars of the whole run', parseAmount)
    .option('--budget-tokens <count>', 'input and output tokens of the whole run', parseCount)
    .option('--max-calls <count>', 'model calls of the whole run', parseCount)
    .option('--until <when>', 'pause at a time of day, after a duration, or at an ISO 8601 moment');
}

/**
 * How many work at once, and how far each may go. `atOnce` = how many where nobody says otherwise; absent for a run that goes on, which
 * keeps what it had.
 */
export function addWorkerOptions(
  command: Command,
  { who, atOnce }: { readonly who: 'agent' | 'subtask'; readonly atOnce?: number },
): Command {
  const most = DEFAULTS.mostParallelSubtasks;
  const defaults =
    atOnce === undefined
      ? { atOnce: '', steps: '', time: '' }
      : {
          atOnce: ` (default: ${atOnce}, at most ${most})`,
          steps: ` (default: ${DEFAULTS.maxSteps})`,
          time: `; waits do not count (default: ${DEFAULTS.subtaskTimeoutSeconds})`,
        };
  return command
    .option(
      '--max-parallel <count>',
      `${who}s at work at once${defaults.atOnce}`,
      parseAtMost(most),
    )
    .option('--max-steps <count>', `model turns of one ${who}${defaults.steps}`, parseCount)
    .option('--timeout <seconds>', `working time of one ${who}${defaults.time}`, parseCount);
}

/** A whole number above 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('expected a whole number above 0');
  return count;
}

/** A whole number above 0 and not above `most`. */
export function parseAtMost(most: number): (text: string) => number {
  return (text) => {
    const count = parseCount(text);
    if (count > most) throw new InvalidArgumentError(`at most ${most}`);
    return count;
  };
}

function parseLanes(text: string): number {
  const count = parseCount(text);
  if (count > DEFAULTS.maxParallel)
    throw new InvalidArgumentError(`at most ${DEFAULTS.maxParallel} stories run at once`);
  return count;
}

function parseAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() === '' || !Number.isFinite(amount) || amount <= 0)
    throw new InvalidArgumentError('expected US dollars above 0, for example 2.50');
  return amount;
}
