import { formatBytes } from '../../domain/index.js';
import type { Command } from 'commander';
import { createContext } from '../context.js';
import { formatTable } from '../output.js';

interface CleanupOptions {
  readonly olderThan: string;
  readonly caches?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether cleanup --dry-run               what would go, and how much it is
  codetether cleanup --older-than 14d
  codetether cleanup --older-than 30d --caches --json

Ended runs of that age go: records, reports, events, lanes, their commits in the engine's clone (branches in your repositories
stay), and conversations and outputs that nothing else needs. Open runs and everything younger than a day stay, also while the
service works.`;

/** Adds `codetether cleanup`. */
export function addCleanupCommand(program: Command): void {
  program
    .command('cleanup')
    .description('remove old ended runs and what only they needed')
    .option('--older-than <age>', 'ended longer ago than this, for example 30d', '30d')
    .option('--caches', 'remove package caches as well; they are fetched again')
    .option('-d, --dry-run', 'only show what would go')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: CleanupOptions, command: Command) => {
      const { output, config } = await createContext(command);
      const { cleanUp, parseAge, planCleanup } = await import('../../upkeep/index.js');
      const olderThanMs = parseAge(options.olderThan);
      const request = { olderThanMs, withCaches: options.caches === true };
      const isDry = options.dryRun === true;
      const plan = isDry ? await planCleanup(config, request) : await cleanUp(config, request);
      if (options.json === true) {
        const { runIds, groups, bytes } = plan;
        output.document({ dry_run: isDry, runs: runIds, groups, bytes });
        return;
      }
      if (plan.groups.length === 0) output.result('nothing is that old');
      else {
        const rows = plan.groups.map(({ kind, count, bytes }) => [
          kind,
          String(count),
          formatBytes(bytes),
        ]);
        output.result(formatTable([['WHAT', 'COUNT', 'SIZE'], ...rows]));
        output.result(`${isDry ? 'would free' : 'freed'} ${formatBytes(plan.bytes)}`);
      }
    });
}
