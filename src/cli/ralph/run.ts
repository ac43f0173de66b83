import { splitList } from './merge.js';
import { dirname, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { runDocument } from '../../report/index.js';
import { toUsd, type RunRecord } from '../../domain/index.js';
import type { RalphFlags, RalphPlan } from '../../runs/index.js';
import { DEFAULTS } from '../../contracts/light/index.js';
import { createContext, type CommandContext } from '../context.js';
import { addProofOptions } from './proof-options.js';
import { addLimitOptions, parseCount } from './limit-options.js';
import { startAndWatch, type PlannedStart } from './start-run.js';
import { exitAtEnd } from './watch.js';
import { planScreen, runScreen } from './screens.js';

interface RunOptions extends RalphFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly detach?: boolean;
}

const HELP = `
Examples:
  codetether ralph run -p prd.json
  codetether ralph run -p prd.json -m openrouter/stepfun/step-3.5-flash:free --max-attempts 2
  codetether ralph run -p prd.json --parallel 3 --budget-usd 5 --until 07:00
  codetether ralph run -p prd.json --workdir packages/api --paths packages/api,docs
  codetether ralph run -p prd.json --dry-run     the plan, nothing is started
  codetether ralph run -p prd.json --detach      start it and leave; codetether attach ID watches it
  codetether ralph run -p prd.json --json        one JSON document when the run has ended
  codetether ralph run -p prd.json --check test="npm test" --check lint="npm run lint"
  codetether ralph run -p prd.json --setup "npm ci" --setup "npm run generate"
  codetether ralph run -p prd.json --allow-red-baseline      checks may fail as they do now, and in no other way
  codetether ralph run -p prd.json --no-checks --no-setup    nothing is proven; stories end as unverified

Checks come from --check, else the PRD, else the configuration, else they are detected (package.json, pytest, ruff, mypy, cargo,
go, make, just). Dependencies are set up by lock file (npm, pnpm, yarn, bun, uv, poetry, pip, cargo, go), by [workspace] setup or by
--setup, in every lane once for the same lock files; only set-up has network, and reaches package registries and what the lock files
name (more: [egress] in your own configuration, or --setup-network open). All of it is shown by --dry-run.

The run goes on when this command is stopped with Ctrl+C. Exit codes: 0 every story passed, 1 not every story passed,
2 bad input, 3 infrastructure, 130 detached by Ctrl+C.`;

/** Adds `codetether ralph run`. */
export function addRalphRunCommand(ralph: Command): void {
  const command = addRepositoryOptions(ralph.command('run'))
    .description(
      'work off a PRD: fresh agent a story, checks run by the engine, one commit a passed story',
    )
    .option('-p, --prd <file>', 'the PRD', 'prd.json')
    .option(
      '-m, --model <provider/model>',
      `the model (default: configuration, else ${DEFAULTS.model})`,
    )
    .option(
      '--max-iterations <count>',
      'story attempts in all (default: stories x attempts)',
      parseCount,
    )
    .option(
      '--max-attempts <count>',
      `attempts at one story (default: ${DEFAULTS.maxAttempts})`,
      parseCount,
    )
    .option(
      '--max-turns <count>',
      `model turns of one agent (default: ${DEFAULTS.maxTurns})`,
      parseCount,
    )
    .option('--branch <name>', 'branch that shows the result (default: from the PRD)');
  addProofOptions(command);
  addLimitOptions(command)
    .addOption(
      new Option(
        '--unattended <how>',
        `a question of an agent that nobody answers: set the story aside, or let the agent decide (default: ${DEFAULTS.unattended})`,
      ).choices(['park', 'deny']),
    )
    .option(
      '--question-wait <duration>',
      `an agent waits so long for an answer (default: ${DEFAULTS.questionWaitMinutes}m)`,
    )
    .option('--agent <name>', 'the agent of your own that works on the stories')
    .option('--dry-run', 'show the plan and stop')
    .option('--detach', 'start the run and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: RunOptions, command: Command) => {
      const context = await createContext(command, { project: dirname(resolve(options.prd)) });
      await runRalph(options, context);
    });
}

async function runRalph(options: RunOptions, context: CommandContext): Promise<void> {
  const { output, config } = context;
  const { assertModelReachable, planRalphRun } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const plan = await planRalphRun(options, config, process.cwd());
  if (plan.order.length === 0) return sayNothingToDo(plan, options, context);
  if (options.dryRun === true) {
    if (options.json === true) output.document(planDocument(plan));
    else output.result(planScreen(plan).trimEnd());
    return;
  }
  await assertModelReachable(plan.input.options.model, config, processEnvironment());
  output.note(planScreen(plan).trimEnd());
  const record = await startRalph(plan, options, context);
  if (record !== undefined) showEnd(record, options, context);
}

function startRalph(
  { workflowId, input, sandbox }: RalphPlan,
  options: RunOptions,
  context: CommandContext,
): Promise<RunRecord | undefined> {
  const { runId } = input;
  const run: PlannedStart = {
    runId,
    workflowId,
    start: (gateway, hasSearchAttributes) =>
      gateway.startRalph(workflowId, { ...input, hasSearchAttributes }),
    started: (ui) => `run ${runId} started, sandbox ${sandbox.level}${ui}`,
  };
  return startAndWatch(run, options, context);
}

function showEnd(record: RunRecord, options: RunOptions, { output }: CommandContext): void {
  const now = new Date();
  if (options.json === true) output.document(runDocument(record, now));
  else output.result(runScreen(record, now).trimEnd());
  exitAtEnd(record, output);
}

function sayNothingToDo(plan: RalphPlan, options: RunOptions, { output }: CommandContext): void {
  const total = plan.input.stories.length;
  if (options.json === true)
    output.document({
      status: 'nothing_to_do',
      prd_path: plan.input.prdPath,
      stories_passed: total,
    });
  else output.result(`nothing to do: all ${total} stories of ${plan.input.prdPath} have passed`);
}

function planDocument(plan: RalphPlan): Record<string, unknown> {
  const { input } = plan;
  return {
    workflow_id: plan.workflowId,
    prd_path: input.prdPath,
    repository: input.repository,
    branch: input.branch,
    base_commit: input.baseCommit,
    model: `${input.options.model.provider}/${input.options.model.model}`,
    max_attempts: input.options.maxAttempts,
    max_iterations: input.options.maxIterations,
    parallel: input.options.parallel,
    budget: {
      usd: toUsd(input.options.budget.costMicroUsd),
      tokens: input.options.budget.tokens,
      calls: input.options.budget.calls,
    },
    until: input.options.until,
    stories: plan.order.map((story) => ({
      id: story.id,
      title: story.title,
      depends_on: story.dependsOn,
      verification_steps: story.verificationSteps.length,
    })),
    checks: input.checks.map((check) => ({
      name: check.name,
      command: check.command,
      timeout_ms: check.timeoutMs,
      source: check.source ?? 'prd',
      is_absent: absenceOf(plan, check.command) !== null,
      absence: absenceOf(plan, check.command),
    })),
    no_checks: input.options.noChecks,
    allow_red_baseline: input.options.allowRedBaseline,
    setup: {
      source: input.setup.source,
      steps: input.setup.steps.map((step) => ({
        command: step.command,
        folder: step.folder,
        timeout_ms: step.timeoutMs,
        lock_files: step.lockFiles,
      })),
      copy: input.setup.copy,
      share: input.setup.share,
      extra_dirs: input.setup.extraDirs,
      network: input.setup.network?.mode ?? 'registries',
      allowed_hosts: input.setup.network?.allow ?? [],
      allowed_private_hosts: input.setup.network?.allowPrivate ?? [],
    },
    build_caches: (input.setup.caches ?? []).map(({ tool }) => tool),
    sandbox: {
      level: plan.sandbox.level,
      kinds: plan.sandbox.kinds,
      reason: plan.sandbox.reason,
    },
    first_commit: plan.firstFiles === null ? null : { files: plan.firstFiles },
    dirty_files: plan.dirtyFiles,
    notes: input.notes,
  };
}

/** Why a check does not exist where the run starts; null when it does, or only a run can tell. */
function absenceOf({ absent }: RalphPlan, command: string): Record<string, unknown> | null {
  const found = absent.find((check) => check.command === command);
  return found === undefined ? null : { kind: 'not-yet', why: found.why };
}

/** Adds the flags about repository, folders and passed stories to `ralph run`. */
export function addRepositoryOptions(command: Command): Command {
  return command
    .option('--repo <dir>', 'repository to work in (default: the one that holds the PRD)')
    .option(
      '--workdir <dir>',
      'folder in the repository where agents and checks start (default: the folder of the PRD)',
    )
    .option(
      '--paths <list>',
      'the only files and folders that stories may change, for example src,docs/api.md',
      splitList,
    )
    .option('--allow-lfs-pointers', 'work although files in Git LFS are pointers in lanes')
    .option('--trust-passes', 'believe passed stories whose commits are not in the base');
}
