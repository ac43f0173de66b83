import type { Command } from 'commander';
import type { RunRecord } from '../../domain/index.js';
import type { DiscardPlan } from '../../runs/index.js';
import { isConfirmed } from '../confirm.js';
import { createContext, exitWith } from '../context.js';
import { findRunById } from './find-run.js';

interface DiscardOptions {
  readonly yes?: boolean;
  readonly keepPrd?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether ralph discard 01hx3v6m2q8w0c5r7t9y1z3b5d
  codetether ralph discard 01hx3v6m2q8w0c5r7t9y1z3b5d --yes --keep-prd

Branches with commits of somebody else stay, and so do your files. Stories whose work goes away count as not passed again.`;

/** Adds `ralph discard`. */
export function addRalphDiscardCommand(ralph: Command): void {
  ralph
    .command('discard')
    .description('remove the work of a run: its branches, lanes and refs; the report stays')
    .argument('<run>', 'run id')
    .option('--yes', 'do not ask')
    .option('--keep-prd', 'leave passes of its stories in the PRD as it is')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (run: string, options: DiscardOptions, command: Command) => {
      const context = await createContext(command);
      const record = await findRunById(context, run);
      const { discardRun, planDiscard, savedRuns } = await import('../../runs/index.js');
      const { home } = context.config;
      const plan = await planDiscard(home, record);
      const keepsPrd = options.keepPrd === true;
      context.output.note(planLines(record, plan, keepsPrd).join('\n'));
      if (
        options.yes !== true &&
        !(await isConfirmed(context, {
          question: 'Remove it?',
          unanswered: 'this removes work, and nobody is at the terminal to confirm it',
        }))
      ) {
        context.output.note('nothing was removed');
        exitWith(1);
        return;
      }
      const result = await discardRun(
        { home, records: savedRuns(context.config) },
        { record, plan, keepsPrd },
      );
      if (options.json === true) {
        context.output.document({
          run_id: record.runId,
          status: 'discarded',
          branches: result.branches,
          reopened_stories: result.reopened,
          notes: result.notes,
        });
        return;
      }
      const lines = [
        `${record.runId} is discarded`,
        ...result.notes.map((note) => `  note: ${note}`),
      ];
      context.output.result(lines.join('\n'));
    });
}

function planLines(record: RunRecord, plan: DiscardPlan, keepsPrd: boolean): string[] {
  return [
    `run ${record.runId}: ${record.project}: ${record.feature}`,
    ...plan.branches.map(({ name, tip, resetTo }) =>
      resetTo === null
        ? `  removes branch ${name} (${tip.slice(0, 10)})`
        : `  puts branch ${name} back to ${resetTo.slice(0, 10)}`,
    ),
    `  removes its lanes in ${plan.lanes}`,
    ...(plan.stories.length === 0 || keepsPrd
      ? []
      : [`  sets passes to false in ${record.prdPath}: ${plan.stories.join(', ')}`]),
    ...plan.kept.map((text) => `  ${text}`),
  ];
}
