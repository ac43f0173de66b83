import type { Command } from 'commander';
import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import type { RlmRetryFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import { findRecord, findRunById } from '../ralph/find-run.js';
import { addBudgetOptions, addWaitOptions, parseCount } from '../ralph/limit-options.js';
import { addCancelCommand } from '../ralph/run-commands.js';
import { showRlm, showRlmEnd, type ShowOptions } from './show-rlm.js';
import { startRlm } from './start-rlm.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** Adds what people do with a question over an input: show, retry, cancel. */
export function addRlmCommands(rlm: Command): void {
  rlm
    .command('show')
    .description('step through a question: cells, what they asked, answers, cost')
    .argument('[run]', 'run id (default: the latest question)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExamples:\n  codetether rlm show\n  codetether rlm show ${RUN} --json`)
    .action(async (run: string | undefined, _options: object, command: Command) => {
      const context = await createContext(command);
      const record =
        run === undefined
          ? await findRecord(context, ({ kind }) => kind === 'rlm', 'of kind rlm')
          : await findQuestion(context, run);
      const { json } = command.optsWithGlobals<ShowOptions>();
      await showRlm(record, { json, verbose: true }, context);
    });
  addCancelCommand(rlm);
  addRetryCommand(rlm);
}

function addRetryCommand(rlm: Command): void {
  const command = rlm
    .command('retry')
    .alias('resume')
    .description(
      'go on with a question that was not answered: its input, variables and answers stay',
    )
    .argument('<run>', 'run id')
    .option('-m, --model <provider/model>', 'another model')
    .option('--sub-model <provider/model>', 'another model for pieces')
    .option('--max-iterations <count>', 'messages of the model', parseCount)
    .option('--max-depth <count>', 'levels of questions', parseCount);
  addWaitOptions(addBudgetOptions(command), 'before')
    .option('--detach', 'start it and return')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nBudgets are totals of the whole run.\n\nExample:\n  codetether rlm retry ${RUN} --max-iterations 40 --budget-usd 5`,
    )
    .action(async (run: string, _options: object, self: Command) => {
      const context = await createContext(self);
      const flags = self.optsWithGlobals<
        RlmRetryFlags & ShowOptions & { readonly detach?: boolean }
      >();
      const { planRlmRetry } = await import('../../runs/index.js');
      const plan = planRlmRetry(await findQuestion(context, run), flags, context.config);
      const ended = await startRlm(plan, flags, context);
      if (ended !== undefined) await showRlmEnd(ended, flags, context);
    });
}

async function findQuestion(context: CommandContext, run: string): Promise<RunRecord> {
  const record = await findRunById(context, run);
  if (record.kind === 'rlm') return record;
  throw new InvalidInputError('ERR_REQUEST_INVALID', {
    message: `run ${run} is no question over an input but of kind ${record.kind}`,
    hint: `codetether runs show ${run}`,
  });
}
