import { Option, type Command } from 'commander';
import { DEFAULTS, HOST_TOOLS } from '../../contracts/light/index.js';
import type { RlmFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import {
  addBudgetOptions,
  addWaitOptions,
  parseAtMost,
  parseCount,
} from '../ralph/limit-options.js';
import { addRlmCommands } from './rlm-commands.js';
import { addModelOptions, addShowOptions } from './rlm-options.js';
import { showRlmEnd, type ShowOptions } from './show-rlm.js';
import { startRlm } from './start-rlm.js';

interface RlmOptions extends RlmFlags, ShowOptions {
  readonly detach?: boolean;
}

const CONTENT_TYPES = ['auto', 'code', 'logs', 'conversation', 'documents', 'records'];
const MOST_LEVELS = 4;

const HELP = `
Examples:
  codetether rlm "Which error came first, and what caused it?" -f app.log
  codetether rlm "Where is the retry policy decided?" -f src docs --content-type code
  codetether rlm "How many tickets are about billing?" -f tickets.jsonl --sub-model openai/gpt-5-mini --budget-usd 2
  codetether rlm "Name, date and sum of each invoice" -f 'invoices/*.txt' --schema invoices.schema.json --json
  git log -p | codetether rlm "Who changed the parser last, and why?" --content -
  codetether rlm "And before that?" --session parser        the same input and variables, none of it read again
  codetether rlm "Which of these failures has a test?" -f failures.log --tools grep,read_file
  codetether rlm show 01hx3v6m2q8w0c5r7t9y1z3b5d            cells, questions, answers
  codetether rlm retry 01hx3v6m2q8w0c5r7t9y1z3b5d --max-iterations 40

The input is stored once and never shown to the model as a whole: a model writes JavaScript that searches it and asks other models about
pieces of it, side by side. An input that fits into a quarter of the model's window is answered by one call (--no-direct: by code as well).
A limit that is reached ends the question as "exhausted", with what was found and without an answer that nobody found.

Exit codes: 0 answered, 1 not answered, 2 bad input, 3 infrastructure, 130 detached by Ctrl+C; the question goes on then.`;

/** Adds `codetether rlm`, with its family. */
export function addRlmCommand(program: Command): void {
  const rlm = program
    .command('rlm')
    .description('a question over an input of any size: files, folders, logs, tables')
    .argument('[query]', 'the question')
    .option('-f, --file <path...>', 'files, folders (what git ignores stays out) and globs')
    // For our MCP server, whose clients are strangers to the folder.
    .addOption(new Option('--shown-only').hideHelp())
    .option('--content <text>', 'the input itself, or - for standard input')
    .addOption(
      new Option('--content-type <type>', 'what the input is (default: auto)').choices(
        CONTENT_TYPES,
      ),
    );
  addModelOptions(rlm)
    .option(
      '--max-depth <count>',
      `levels of questions that are answered by code of their own (default: ${DEFAULTS.rlmDepth}, at most ${MOST_LEVELS}; 0 = none)`,
      parseLevels,
    )
    .option(
      '--max-tokens <count>',
      'tokens of one answer of the sub-model (default: 2048)',
      parseCount,
    )
    .option('--schema <file>', 'JSON Schema of the answer')
    .option('--session <id>', 'go on with the input and the variables of earlier questions')
    .option(
      '--tools <names>',
      `tools that its code may call to read files of this folder: ${HOST_TOOLS.join(',')} (default: configuration, else none)`,
    )
    .option('--no-direct', 'answer by code also where one call would hold the input');
  addWaitOptions(addBudgetOptions(rlm));
  addShowOptions(rlm)
    .addHelpText('after', HELP)
    .action(async (query: string | undefined, options: RlmOptions, self: Command) => {
      await ask(query, options, await createContext(self));
    });
  addRlmCommands(rlm);
}

async function ask(
  query: string | undefined,
  options: RlmOptions,
  context: CommandContext,
): Promise<void> {
  const { config } = context;
  const { planRlmRun } = await import('../../runs/index.js');
  const plan = await planRlmRun(query, options, {
    config,
    cwd: process.cwd(),
    readStandardInput: () => process.stdin,
  });
  const record = await startRlm(plan, options, context);
  if (record !== undefined) await showRlmEnd(record, options, context);
}

function parseLevels(text: string): number {
  return text === '0' ? 0 : parseAtMost(MOST_LEVELS)(text);
}
