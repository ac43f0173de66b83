import type { Command } from 'commander';
import { formatBytes, InvalidInputError } from '../../domain/index.js';
import { createContext } from '../context.js';
import { formatTable } from '../output.js';

interface UninstallOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether uninstall --dry-run     list what is on this machine
  codetether uninstall --yes         stop the service, remove state, cache and unit
  codetether uninstall --yes --all   your configuration as well

A local Vault goes with the state, and the keys in it. Branches in your repositories stay, and so does the program itself.`;

/** Adds `codetether uninstall`. */
export function addUninstallCommand(program: Command): void {
  program
    .command('uninstall')
    .description('remove everything that codetether put on this machine')
    .option('--yes', 'do it; without it nothing is removed')
    .option('--dry-run', 'only list')
    .option('--all', 'remove your configuration as well')
    .option('--force', 'although runs are open')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: UninstallOptions, command: Command) => {
      const { output, config } = await createContext(command);
      const { planUninstall, uninstall } = await import('../../upkeep/index.js');
      const request = { all: options.all === true, force: options.force === true };
      const plan = await planUninstall(config, request);
      const isDry = options.dryRun === true;
      if (options.json !== true) {
        const rows = plan.items.map(({ fate, what, path, bytes }) => [
          fate,
          what,
          formatBytes(bytes),
          path,
        ]);
        output.result(rows.length === 0 ? 'there is nothing' : formatTable(rows));
        for (const text of plan.leaves) output.result(`stays: ${text}`);
      }
      if (!isDry && options.yes !== true) throw notConfirmed();
      const rest = isDry ? [] : await uninstall(config, request);
      if (options.json === true) {
        const { items, openRuns, leaves } = plan;
        output.document({ dry_run: isDry, items, open_runs: openRuns, leaves, left_over: rest });
      } else if (!isDry) {
        output.result('removed');
        for (const path of rest) output.note(`note: ${path} is not ours and stays`);
      }
    });
}

function notConfirmed(): InvalidInputError {
  return new InvalidInputError('ERR_NOT_CONFIRMED', {
    message: 'nothing was removed: this cannot be undone',
    hint: 'look at the list, then add --yes',
  });
}
