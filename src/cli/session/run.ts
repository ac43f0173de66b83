import { Option, type Command } from 'commander';
import { DEFAULTS } from '../../contracts/light/index.js';
import type { PromptFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import { parseCount } from '../ralph/limit-options.js';
import { sendPrompt, type PromptFormat } from './send-prompt.js';

interface RunOptions extends Omit<PromptFlags, 'continue'> {
  readonly continueSession?: boolean;
  readonly format?: PromptFormat;
  readonly json?: boolean;
  readonly detach?: boolean;
}

const HELP = `
Examples:
  codetether run "What does exit code 137 mean?"
  codetether run "Explain this" -f src/parser.ts -f error.log
  codetether run -c "And how do I test it?"               the latest session of this repository
  codetether run -s 01hx3v6m2q8w0c5r7t9y1z3b5d "Go on"    a session by its id
  codetether run --agent build "Add a test for the parser"
  codetether run --agent explore "Where are retries decided?" --format json

Without --agent it is a chat without tools. An agent works on a copy of the commit that is checked out, never in your folder: what it changes is
committed to a branch of the session (codetether session diff|merge). Later prompts go on with those files; when your repository moved
meanwhile, a warning says so.

The prompt goes on when this command is stopped with Ctrl+C, and after a crash. Exit codes: 0 answered, 1 not answered, 2 bad input,
3 infrastructure, 130 detached by Ctrl+C.`;

/** Adds `codetether run`. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('say something, in a new session or in one that goes on')
    .argument('[message]', 'what you say')
    .option('-c, --continue-session', 'go on with the latest session of this repository')
    .option('-s, --session <id>', 'go on with this session')
    .option(
      '-m, --model <provider/model>',
      `the model (default: that of the session, else configuration, else ${DEFAULTS.model})`,
    )
    .option(
      '--agent <name>',
      'build, plan, explore, or an agent of your own (default: chat without tools)',
    )
    .option('-f, --file <path...>', 'text files to attach')
    .option('--max-turns <count>', 'model turns about one prompt, for a new session', parseCount)
    .addOption(
      new Option('--format <format>', 'how the answer is printed')
        .choices(['default', 'json', 'jsonl'])
        .default('default'),
    )
    .option('--json', 'the same as --format json')
    .option('--detach', 'send it and return')
    .addHelpText('after', HELP)
    .action(async (message: string | undefined, options: RunOptions, self: Command) => {
      await run(message, options, await createContext(self));
    });
}

async function run(
  message: string | undefined,
  { continueSession, format, json, detach, ...flags }: RunOptions,
  context: CommandContext,
): Promise<void> {
  const { planPrompt } = await import('../../runs/index.js');
  const plan = await planPrompt(
    message,
    { ...flags, continue: continueSession },
    { config: context.config, cwd: process.cwd() },
  );
  for (const note of plan.notes) context.output.note(`note: ${note}`);
  const how = { format: json === true ? 'json' : (format ?? 'default'), detach } as const;
  await sendPrompt(plan, how, context);
}
