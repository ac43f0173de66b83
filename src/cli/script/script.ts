import type { Command } from 'commander';
import { DEFAULTS } from '../../contracts/light/index.js';
import type { ScriptFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import {
  addBudgetOptions,
  addWaitOptions,
  addWorkerOptions,
  parseAtMost,
  parseCount,
} from '../ralph/limit-options.js';
import { addSetupOptions } from '../ralph/proof-options.js';
import { showSwarmEnd } from '../swarm/show-swarm.js';
import { startSwarm } from '../swarm/start-swarm.js';
import { addReadingCommands } from './reading-commands.js';
import { addRetryCommand } from './retry.js';
import { scriptLines } from './script-lines.js';

interface ScriptOptions extends ScriptFlags {
  readonly json?: boolean;
  readonly detach?: boolean;
}

const HELP = `
Examples:
  codetether script run review --args '{"files": ["src/a.ts", "src/b.ts"]}'
  codetether script run ./migrate.js --budget-tokens 2000000 --detach
  codetether script list
  codetether script check ./migrate.js

A script is JavaScript with export const meta = { name, description } and statements that may await and return. It finds agent(prompt, options),
parallel(thunks), pipeline(items, ...stages), phase(title), log(text), args, budget, sleep(ms), ask(question) and workflow(name, args), and
nothing else: no files, no network, no clock. Scripts by name lie in .codetether/scripts and .claude/workflows of the repository, and in
~/.config/codetether-agent/scripts.`;

const RUN_HELP = `
Examples:
  codetether script run review
  codetether script run review --args @files.json --max-parallel 8 --budget-usd 5
  codetether script run ./tournament.js --json > result.json

Each agent() is an agent of its own with a working copy of its own; commits are merged as agents end, and the project's checks run on the
merged result. "completed" says that the program ended, "verified" that checks passed. A crash of anything costs no call that had ended.

Exit codes: 0 the script has returned and nothing speaks against the result, 1 not, 2 bad input, 3 infrastructure, 130 detached by Ctrl+C.`;

/** Adds `codetether script`, with its family. */
export function addScriptCommand(program: Command): void {
  const script = program
    .command('script')
    .description(
      'durable programs over agents: JavaScript that fans out, survives crashes and is paid once',
    )
    .addHelpText('after', HELP);
  addRunCommand(script);
  addRetryCommand(script);
  addReadingCommands(script);
}

function addRunCommand(script: Command): void {
  const command = script
    .command('run')
    .description('run a script')
    .argument('<script>', 'name of a script, or its file')
    .option('--args <json>', 'what it finds as args: JSON, or @FILE')
    .option(
      '-m, --model <provider/model>',
      `the model (default: configuration, else ${DEFAULTS.model})`,
    )
    .option(
      '--max-agents <count>',
      'agents that it may start in all (default: 1000)',
      parseAtMost(1000),
    );
  addWorkerOptions(command, { who: 'agent', atOnce: DEFAULTS.maxParallelScript })
    .option('--verify <count>', 'judges that look at the merged result', parseCount)
    .option('--repo <dir>', 'the repository (default: the one of this folder)')
    .option('--workdir <dir>', 'folder of the repository where agents start (default: this folder)')
    .option('--branch <name>', 'branch that shows the result (default: script/NAME-ID)')
    .option(
      '--check <name=command>',
      'a check of the merged result; may be given several times',
      collect,
    )
    .option('--no-checks', 'check nothing')
    .option('--allow-red-baseline', 'checks that fail now may go on failing in the same way');
  addSetupOptions(command);
  addWaitOptions(addBudgetOptions(command))
    .option('--beside', 'start beside an open run of the same repository')
    .option('--detach', 'start the script and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', RUN_HELP)
    .action(async (wanted: string, options: ScriptOptions, self: Command) => {
      const context = await createContext(
        self,
        options.repo === undefined ? {} : { project: options.repo },
      );
      await runScript(wanted, options, context);
    });
}

async function runScript(
  wanted: string,
  options: ScriptOptions,
  context: CommandContext,
): Promise<void> {
  const { config, output } = context;
  const { assertModelReachable, planScriptRun } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const plan = await planScriptRun(wanted, options, { config, cwd: process.cwd() });
  await assertModelReachable(plan.input.options.model, config, processEnvironment());
  output.note(scriptLines(plan));
  const record = await startSwarm(plan, options, context);
  if (record !== undefined) await showSwarmEnd(record, options, context);
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
