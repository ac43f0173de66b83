import { basename, resolve } from 'node:path';
import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, SWARM_EDITION, type SwarmInput } from '../../contracts/index.js';
import {
  branchSlug,
  InvalidInputError,
  retirementNote,
  type NamedAgent,
  type Subtask,
  type SwarmEstimate,
  type SwarmPlan,
  type SwarmStrategy,
} from '../../domain/index.js';
import { setHostEnvironment, repositoryKey, type Sandbox } from '../../platform/index.js';
import { commandStores } from '../results/command-stores.js';
import { planDefinitions } from '../definitions/plan-definitions.js';
import { repositoryAround } from '../definitions/repository-around.js';
import { findSandbox, modelFinder, planOptions, requireRoomInMessage } from '../plan/plan-run.js';
import type { LimitFlags } from '../plan/run-limits.js';
import { confirmLimits, estimateSwarm, priceOf, requireYes } from './estimate.js';
import { refuseBeside } from './open-beside.js';
import { readPlanFile } from './read-plan-file.js';
import { readRows } from './read-rows.js';
import type { SwarmFlags } from './swarm-flags.js';
import { planSwarmBase, type SwarmBase } from './swarm-base.js';

/** A validated plan; nothing was changed or paid to make it. */
export interface PlannedSwarm {
  readonly workflowId: string;
  readonly input: SwarmInput;
  /** Undefined while the model has yet to plan. */
  readonly estimate: SwarmEstimate | undefined;
  /** Files of the person's checkout that are changed and therefore not part of the run. */
  readonly dirtyFiles: readonly string[];
  readonly sandbox: Pick<Sandbox, 'level' | 'kinds' | 'reason'>;
}

/** Where the subtasks come from. */
export interface Cut {
  readonly task: string;
  readonly strategy: SwarmStrategy;
  readonly planned: SwarmInput['planned'];
  readonly subtasks: readonly Subtask[];
  readonly rows?: SwarmInput['rows'];
  /** The program that asks for them while it runs. */
  readonly script?: SwarmInput['script'];
}

/**
 * Checks everything that can be known before the first paid call, and lays out the swarm. Throws InvalidInputError (exit 2) for a bad
 * task, plan, table, repository, check or model, `ERR_SWARM_NEEDS_YES`, `ERR_RUN_BESIDE`, and `ERR_SANDBOX_TOO_WEAK` (exit 3).
 */
export async function planSwarmRun(
  words: string | undefined,
  flags: SwarmFlags,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<PlannedSwarm> {
  setHostEnvironment(processEnvironment());
  const repository = await repositoryAround(resolve(cwd, flags.repo ?? '.'));
  const defined = await planDefinitions(
    { config, repository, findModel: modelFinder(config) },
    flags.agent,
  );
  const { agents } = defined.definitions;
  const cut = withAgent(await cutTask(words, flags, { config, cwd, agents }), flags, agents);
  return layOutSwarm(cut, flags, { config, cwd, defined });
}

/** Everything of a swarm beside where its subtasks come from. Throws as {@link planSwarmRun}. */
export async function layOutSwarm(
  cut: Cut,
  flags: SwarmFlags,
  {
    config,
    cwd,
    defined,
  }: {
    readonly config: Config;
    readonly cwd: string;
    readonly defined: Awaited<ReturnType<typeof planDefinitions>>;
  },
): Promise<PlannedSwarm> {
  const runId = ulid().toLowerCase();
  const kind = cut.script === undefined ? 'swarm' : 'script';
  const name = cut.script?.name ?? cut.task.slice(0, 40);
  const branch = flags.branch ?? `${kind}/${branchSlug(name)}-${runId.slice(-6)}`;
  const isTable = cut.rows !== undefined;
  const base = await planSwarmBase(flags, { config, cwd, branch, isTable });
  if (flags.beside !== true && flags.dryRun !== true) await refuseBeside(config, base.repository);
  const { level, kinds, reason } = await findSandbox(config);
  const own = swarmInput(flags, config, { cut, base, runId });
  const { agent: _ofSubtasks, ...definitions } = defined.options;
  const input = {
    ...own,
    options: { ...own.options, ...definitions },
    notes: [...own.notes, ...defined.notes],
    ...(await taskByReference(cut.task, config)),
  };
  requireRoomInMessage(input, flags.plan ?? flags.input ?? 'the task');
  const estimate = estimateSwarm(input, config);
  if (flags.dryRun !== true) requireYes(flags, config, estimate);
  return {
    workflowId: `${kind}/${repositoryKey(base.repository)}/${runId}`,
    input,
    estimate,
    dirtyFiles: base.dirtyFiles,
    sandbox: { level, kinds, reason },
  };
}

/** Characters of a task that goes with every subtask as it is. */
const SHORT_TASK = 2_000;

/** A long task lies in the store: its text is not in the history of a swarm a thousand times. */
export async function taskByReference(
  task: string,
  config: Config,
): Promise<Pick<SwarmInput, 'taskRef'>> {
  return task.length <= SHORT_TASK ? {} : { taskRef: await commandStores(config).blobs.put(task) };
}

function swarmInput(
  flags: SwarmFlags,
  config: Config,
  { cut, base, runId }: { readonly cut: Cut; readonly base: SwarmBase; readonly runId: string },
): SwarmInput {
  const { notes, dirtyFiles: _shown, outline, ...place } = base;
  const options = swarmOptions(flags, config, cut.subtasks.length);
  const modelNote = retirementNote(options.model, new Date());
  return {
    runId,
    task: cut.task,
    strategy: cut.strategy,
    project: basename(base.repository),
    ...place,
    outline: cut.subtasks.length > 0 || cut.script !== undefined ? null : outline,
    options,
    ...swarmLimits(flags),
    planned: cut.planned,
    subtasks: fitted(cut.subtasks, base),
    ...(cut.rows === undefined ? {} : { rows: cut.rows }),
    ...(cut.script === undefined ? {} : { script: { ...cut.script, mayWrite: base.hasFiles } }),
    notes: [...notes, ...(modelNote === undefined ? [] : [modelNote])],
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
    edition: SWARM_EDITION,
    confirm: { limits: confirmLimits(config), price: priceOf(options.model, config) },
  };
}

function swarmLimits(
  flags: SwarmFlags,
): Pick<SwarmInput, 'maxSubagents' | 'timeoutMs' | 'verify' | 'isConfirmed' | 'isDryRun'> {
  return {
    maxSubagents: flags.maxSubagents ?? DEFAULTS.maxSubagents,
    timeoutMs: (flags.timeout ?? DEFAULTS.subtaskTimeoutSeconds) * 1000,
    verify: flags.verify ?? 0,
    isConfirmed: flags.yes ?? false,
    isDryRun: flags.dryRun ?? false,
  };
}

/** `--agent` is who works on every subtask that names nobody. */
function withAgent(cut: Cut, { agent }: SwarmFlags, agents: readonly NamedAgent[]): Cut {
  const named = agents.find(({ name }) => name === agent);
  if (named === undefined) return cut;
  if (cut.planned === 'model')
    throw usage(
      'the model plans, so nobody knows yet which subtasks there are',
      '--agent',
      'give the subtasks with --plan FILE, or use --strategy none',
    );
  const kind = named.access === 'read' ? 'explore' : 'build';
  const subtasks = cut.subtasks.map((subtask) =>
    subtask.named !== undefined || subtask.agent !== 'build'
      ? subtask
      : { ...subtask, agent: kind, named: named.name },
  ) satisfies Subtask[];
  return { ...cut, subtasks };
}

async function cutTask(
  words: string | undefined,
  flags: SwarmFlags,
  {
    config,
    cwd,
    agents,
  }: { readonly config: Config; readonly cwd: string; readonly agents: readonly NamedAgent[] },
): Promise<Cut> {
  const maxSubagents = flags.maxSubagents ?? DEFAULTS.maxSubagents;
  const rows = await readRows(flags, {
    cwd,
    blobs: commandStores(config).blobs,
    maxSubagents: flags.maxSubagents ?? DEFAULTS.maxRows,
  });
  const text = words?.trim() ?? '';
  if (rows !== undefined) {
    if (flags.plan !== undefined) throw usage('--plan and --input exclude each other', '--plan');
    const task =
      text === ''
        ? `a table of ${rows.subtasks.length} rows: ${rows.rows.template.slice(0, 200)}`
        : text;
    return { task, strategy: 'data', planned: 'rows', ...rows };
  }
  if (flags.plan !== undefined) {
    const plan = await readPlanFile(flags.plan, { cwd, maxSubagents, agents });
    return { ...plan, task: taskOf(plan, text), planned: 'file' };
  }
  if (text === '')
    throw usage(
      'there is no task',
      'TASK',
      'codetether swarm "Translate every file below docs to French"',
    );
  const strategy = flags.strategy ?? 'auto';
  if (strategy !== 'none') return { task: text, strategy, planned: 'model', subtasks: [] };
  return { task: text, strategy, planned: 'single', subtasks: [wholeTask(text)] };
}

function taskOf(plan: SwarmPlan, words: string): string {
  if (words !== '') return words;
  if (plan.task !== '') return plan.task;
  return plan.subtasks
    .map(({ instruction }) => instruction.split('\n')[0] ?? '')
    .join('; ')
    .slice(0, 4000);
}

function wholeTask(instruction: string): Subtask {
  return { id: 'main', instruction, dependsOn: [], touches: [], agent: 'build', priority: 1 };
}

/** Without a repository nobody has files to touch. */
function fitted(subtasks: readonly Subtask[], { hasFiles }: SwarmBase): Subtask[] {
  if (hasFiles) return [...subtasks];
  return subtasks.map((subtask) =>
    subtask.agent === 'row' ? subtask : { ...subtask, touches: [], agent: 'explore' },
  );
}

/** Every option filled in; a subtask has one attempt, and `swarm retry` gives it another. */
export function swarmOptions(
  flags: Pick<
    SwarmFlags,
    | 'model'
    | 'maxSteps'
    | 'maxParallel'
    | 'checks'
    | 'allowRedBaseline'
    | keyof Omit<LimitFlags, 'parallel'>
  >,
  config: Config,
  subtasks: number,
): SwarmInput['options'] {
  const { maxSteps, maxParallel, ...rest } = flags;
  return planOptions(
    {
      ...rest,
      canaries: 'off',
      maxTurns: maxSteps ?? DEFAULTS.maxSteps,
      maxAttempts: 1,
      // attempts are counted by hand: each retry of the swarm gives one
      maxIterations: 1_000_000,
      parallel: maxParallel ?? DEFAULTS.maxParallelSubtasks,
    },
    config,
    subtasks,
  );
}

function usage(
  message: string,
  field: string,
  hint = 'codetether swarm --help',
): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', { message, where: { field }, hint });
}
