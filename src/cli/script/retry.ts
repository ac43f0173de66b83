import type { Command } from 'commander';
import { visibleLine } from '../../domain/index.js';
import type { PlannedScriptRetry, ScriptRetryFlags } from '../../runs/index.js';
import { createContext } from '../context.js';
import { findRunById } from '../ralph/find-run.js';
import {
  addBudgetOptions,
  addWaitOptions,
  addWorkerOptions,
  parseCount,
} from '../ralph/limit-options.js';
import { showSwarmEnd } from '../swarm/show-swarm.js';
import { startSwarm } from '../swarm/start-swarm.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

interface RetryOptions extends ScriptRetryFlags {
  readonly json?: boolean;
  readonly detach?: boolean;
}

/** Adds `codetether script retry`. */
export function addRetryCommand(script: Command): void {
  const command = script
    .command('retry')
    .description('go on with an ended script: calls that had ended are not asked or paid again')
    .argument('<run>', 'run id')
    .option(
      '--edited',
      'the file as it is now: only calls that changed, or come after such, are asked again',
    )
    .option('-m, --model <provider/model>', 'another model');
  addWorkerOptions(command, { who: 'agent' }).option(
    '--verify <count>',
    'judges that look at the merged result',
    parseCount,
  );
  addWaitOptions(addBudgetOptions(command), 'before')
    .option('--detach', 'start it and return')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nBudgets are totals of the whole run. Files of calls that an edited script no longer makes stay on the branch.\n\nExamples:\n  codetether script retry ${RUN}\n  codetether script retry ${RUN} --edited`,
    )
    .action(async (run: string, options: RetryOptions, self: Command) => {
      const context = await createContext(self);
      const { config, output } = context;
      const record = await findRunById(context, run);
      const { assertModelReachable, planScriptRetry } = await import('../../runs/index.js');
      const { processEnvironment } = await import('../../config/index.js');
      const plan = await planScriptRetry(record, options, { config, cwd: process.cwd() });
      await assertModelReachable(plan.input.options.model, config, processEnvironment());
      output.note(previewLines(plan));
      const ended = await startSwarm(plan, options, context);
      if (ended !== undefined) await showSwarmEnd(ended, options, context);
    });
}

const ASKED_SHOWN = 20;

/** What is taken over and what is asked, before anything is paid. */
function previewLines({ task, preview }: PlannedScriptRetry): string {
  const { taken, asked, end } = preview;
  const shown = asked.slice(0, ASKED_SHOWN).map((name) => `  asks      ${visibleLine(name)}`);
  const left = asked.length - shown.length;
  return [
    `${task.name} goes on`,
    `  taken     ${taken} calls that had ended, at no cost`,
    ...shown,
    ...(left > 0 ? [`            and ${left} more`] : []),
    ...(end === null ? [] : [`  ends      at once: ${end}`]),
  ].join('\n');
}
