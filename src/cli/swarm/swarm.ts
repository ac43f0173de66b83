import { Option, type Command } from 'commander';
import { DEFAULTS } from '../../contracts/light/index.js';
import { subtasksOfRecord, type RunRecord } from '../../domain/index.js';
import type { PlannedSwarm, SwarmFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import {
  addBudgetOptions,
  addWaitOptions,
  addWorkerOptions,
  parseAtMost,
  parseCount,
} from '../ralph/limit-options.js';
import { addSetupOptions } from '../ralph/proof-options.js';
import { runDraftedScript } from './drafted-script.js';
import { showSwarmEnd } from './show-swarm.js';
import { startSwarm } from './start-swarm.js';
import { addSwarmCommands } from './swarm-commands.js';
import { planDocument, swarmPlanScreen } from './plan-screen.js';

interface SwarmOptions extends Omit<SwarmFlags, 'strategy'> {
  /** `script` = the model writes a program. */
  readonly strategy?: SwarmFlags['strategy'] | 'script';
  readonly json?: boolean;
  readonly detach?: boolean;
}

const HELP = `
Examples:
  codetether swarm "Add a docstring to every public function" -s domain
  codetether swarm "Compare the three parsers in src/parse and recommend one" --max-subagents 4 --dry-run
  codetether swarm "Port the tests to vitest" --dry-run --json > plan.json; edit it; codetether swarm --plan plan.json
  codetether swarm --plan plan.json --max-parallel 8 --budget-usd 5 --verify 3
  codetether swarm --input cities.csv --template "What is the capital of {country}?" --schema answer.json --output out.csv
  codetether swarm "Find the slow tests and speed each up" -s script --dry-run
  codetether swarm retry 01hx3v6m2q8w0c5r7t9y1z3b5d          what did not end well, on another model: -m openai/gpt-5
  codetether swarm message 01hx3v6m2q8w0c5r7t9y1z3b5d/api "the schema is in docs/api.md"
  codetether swarm stop 01hx3v6m2q8w0c5r7t9y1z3b5d/api

A plan file: {"task", "strategy", "subtasks": [{"id", "instruction", "depends_on": [], "touches": ["src/**"], "agent": "build", "priority": 1}]}
Strategies: auto (the model decides), domain (each subtask owns its paths), data (the engine divides files), stage (layers that build on each
other), none (one agent, no planning call), script (the model writes a program over agents; it is shown and runs once you say yes).

Agents work in copies of their own; their commits are merged as they end, and the result is on a branch of its own. The project's checks run
on the merged result. Where there is no git repository, agents answer and have no files.

The swarm goes on when this command is stopped with Ctrl+C. Exit codes: 0 every subtask done and nothing speaks against the result, 1 not
everything, 2 bad input, 3 infrastructure, 130 detached by Ctrl+C.`;

/** Adds `codetether swarm`, with its family. */
export function addSwarmCommand(program: Command): void {
  const swarm = program
    .command('swarm')
    .description('one task, many agents: cut, worked off side by side, merged, checked, answered')
    .argument('[task]', 'what is to be done');
  addAgentOptions(swarm);
  addTableOptions(swarm);
  addPlaceOptions(swarm);
  addSetupOptions(swarm);
  addWaitOptions(addBudgetOptions(swarm))
    .option(
      '--yes',
      `start also with more than ${DEFAULTS.confirmAboveAgents} agents, or above [swarm] confirm_above_usd`,
    )
    .option('--beside', 'start beside an open run of the same repository')
    .option('--dry-run', 'show the plan and stop; the model is asked where it has to plan')
    .option('--detach', 'start the swarm and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (task: string | undefined, options: SwarmOptions, self: Command) => {
      const context = await createContext(
        self,
        options.repo === undefined ? {} : { project: options.repo },
      );
      await runSwarm(task, options, context);
    });
  addSwarmCommands(swarm);
}

/** How the task is cut, and how far each agent may go. */
function addAgentOptions(swarm: Command): void {
  swarm
    .option(
      '-m, --model <provider/model>',
      `the model (default: configuration, else ${DEFAULTS.model})`,
    )
    .addOption(
      new Option('-s, --strategy <name>', 'how the task is cut (default: auto)').choices([
        'auto',
        'domain',
        'data',
        'stage',
        'none',
        'script',
      ]),
    )
    .option(
      '--max-subagents <count>',
      `subtasks (default: ${DEFAULTS.maxSubagents}, rows: ${DEFAULTS.maxRows}; at most ${DEFAULTS.maxRows})`,
      parseAtMost(DEFAULTS.maxRows),
    );
  addWorkerOptions(swarm, { who: 'subtask', atOnce: DEFAULTS.maxParallelSubtasks })
    .option('--agent <name>', 'the agent of your own that works on subtasks which name none')
    .option('--plan <file>', 'subtasks from a file, instead of a planning call')
    .option('--verify <count>', 'judges that look at the merged result', parseCount);
}

/** A table whose rows are subtasks. */
function addTableOptions(swarm: Command): void {
  swarm
    .option('--input <file>', 'a table (.csv, .jsonl): one subtask a row')
    .option('--template <text>', 'the question about one row, with {column} in it; or @FILE')
    .option('--schema <file>', 'JSON Schema of each answer')
    .option('--output <file>', 'where the rows with their answers go (.csv, .jsonl)');
}

/** Where it works, and what is checked. */
function addPlaceOptions(swarm: Command): void {
  swarm
    .option('--repo <dir>', 'the repository (default: the one of this folder)')
    .option('--workdir <dir>', 'folder of the repository where agents start (default: this folder)')
    .option('--branch <name>', 'branch that shows the result (default: swarm/TASK-ID)')
    .option(
      '--check <name=command>',
      'a check of the merged result; may be given several times',
      collect,
    )
    .option('--no-checks', 'check nothing')
    .option('--allow-red-baseline', 'checks that fail now may go on failing in the same way');
}

async function runSwarm(
  task: string | undefined,
  options: SwarmOptions,
  context: CommandContext,
): Promise<void> {
  const { output, config } = context;
  const { strategy, ...rest } = options;
  if (strategy === 'script') return runDraftedScript(task, rest, context);
  const { assertModelReachable, planSwarmRun } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const plan = await planSwarmRun(task, { ...rest, strategy }, { config, cwd: process.cwd() });
  const isPlanned = plan.input.subtasks.length > 0;
  if (options.dryRun === true && isPlanned) return showPlan(plan, options, context);
  await assertModelReachable(plan.input.options.model, config, processEnvironment());
  output.note(swarmPlanScreen(plan));
  const record = await startSwarm(plan, options, context);
  if (record === undefined) return;
  if (options.dryRun === true && record.status === 'passed')
    return showPlan(await withSubtasks(plan, record, context), options, context);
  await showSwarmEnd(record, options, context);
}

function showPlan(plan: PlannedSwarm, options: SwarmOptions, { output }: CommandContext): void {
  if (options.json === true) output.document(planDocument(plan));
  else output.result(swarmPlanScreen(plan));
}

/** The plan with what the model made of the task. */
async function withSubtasks(
  plan: PlannedSwarm,
  record: RunRecord,
  { config }: CommandContext,
): Promise<PlannedSwarm> {
  const { estimateSwarm } = await import('../../runs/index.js');
  const input = { ...plan.input, subtasks: subtasksOfRecord(record) };
  return { ...plan, input, estimate: estimateSwarm(input, config) };
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
