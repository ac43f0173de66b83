import type { Command } from 'commander';
import type { RlmFlags } from '../../runs/index.js';
import { createContext } from '../context.js';
import { findRunById } from '../ralph/find-run.js';
import { addBudgetOptions, addWaitOptions } from '../ralph/limit-options.js';
import { addModelOptions, addShowOptions } from './rlm-options.js';
import { showRlmEnd, type ShowOptions } from './show-rlm.js';
import { startRlm } from './start-rlm.js';

interface ExplainOptions extends RlmFlags, ShowOptions {
  readonly detach?: boolean;
}

/** Adds `codetether explain`: the first fault of a run, with the lines that show it. */
export function addExplainCommand(program: Command): void {
  const explain = program
    .command('explain')
    .description('what went wrong first in a run, with the lines that show it')
    .argument('<run>', 'run id');
  addModelOptions(explain).option(
    '--no-direct',
    'answer by code also where one call would hold everything',
  );
  addWaitOptions(addBudgetOptions(explain));
  addShowOptions(explain)
    .addHelpText(
      'after',
      `
The run’s events and the conversations of its agents are read, also what agents forgot; quotations are checked byte for byte.

Examples:
  codetether explain 01hx3v6m2q8w0c5r7t9y1z3b5d
  codetether explain 01hx3v6m2q8w0c5r7t9y1z3b5d -m openai/gpt-5 --budget-usd 1 --json`,
    )
    .action(async (run: string, options: ExplainOptions, self: Command) => {
      const context = await createContext(self);
      const { planExplain } = await import('../../runs/index.js');
      const record = await findRunById(context, run);
      const place = { config: context.config, cwd: process.cwd() };
      const plan = await planExplain(record, options, place);
      const ended = await startRlm(plan, options, context);
      if (ended !== undefined) await showRlmEnd(ended, options, context);
    });
}
