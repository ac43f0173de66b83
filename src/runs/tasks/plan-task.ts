import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import { planOfRalph, planOfRlm, planOfSwarm } from '../../client/index.js';
import { WORKFLOW_TYPES, type OpenedTask } from '../../contracts/index.js';
import {
  branchSlug,
  InvalidInputError,
  shortLine,
  type RunPlan,
  type TaskRequest,
} from '../../domain/index.js';
import { saveRunPlan, sha256, writeDurableFile } from '../../platform/index.js';
import { planRalphRun } from '../plan/plan-run.js';
import { planRlmRun } from '../rlm/plan-rlm-run.js';
import { planScriptRun } from '../script/plan-script-run.js';
import { planSwarmRun } from '../swarm/plan-swarm-run.js';
import { approvalRules } from './auto-approve.js';
import { prdPart, scriptPart, wordsOf, wordsWithFiles, writeInputs } from './task-inputs.js';

/** Where a task is planned. */
export interface PlanningPlace {
  readonly config: Config;
  /** Top level of a repository, or below it; null = none. */
  readonly repository: string | null;
  /** Folder of the task's own files. */
  readonly folder: string;
  /** What was said in the same context before, oldest first. */
  readonly earlier: readonly string[];
}

type PlannedRun = Extract<OpenedTask, { kind: 'run' }>;

/** A question of an agent waits for as long as a person may be away. */
const QUESTION_WAIT = '168h';
const TITLE_LIMIT = 120;
/** Characters of what was said before that go with a task. */
const EARLIER_LIMIT = 32 * 1024;

/**
 * Plans the run of a task as the commands plan theirs, and saves what it is held to. Throws as they do, and `ERR_TASK_INPUT` and
 * `ERR_TASK_NEEDS_REPOSITORY`.
 */
export async function planTask(request: TaskRequest, place: PlanningPlace): Promise<PlannedRun> {
  const planners = {
    code: planCode,
    ralph: planPrd,
    swarm: planSwarm,
    rlm: planRlm,
    script: planScript,
    chat: planChat,
  };
  const { run, plan } = await planners[request.skill](request, withRules(request, place));
  await saveRunPlan(place.config.home, plan);
  return run;
}

interface Planned {
  readonly run: PlannedRun;
  readonly plan: RunPlan;
}

/** The task's own rules come on top of everything that the configuration says. */
function withRules(request: TaskRequest, place: PlanningPlace): PlanningPlace {
  const { config } = place;
  const commands = (config.checks ?? []).map(({ command }) => command);
  const rules = approvalRules(request.autoApprove, commands);
  return { ...place, config: { ...config, permissions: [...config.permissions, ...rules] } };
}

async function planCode(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  const words = wordsWithFiles(request.message);
  const story = {
    id: 'TASK-1',
    title: titleOf(request),
    description: withEarlier(words, place.earlier),
    acceptanceCriteria: ['the task is done as it was asked for, and the checks pass'],
    priority: 1,
    passes: false,
  };
  const project = 'task';
  const document = {
    project,
    feature: story.title,
    branchName: branchOf(request),
    userStories: [story],
  };
  return planStories(request, place, { name: 'prd.json', text: JSON.stringify(document, null, 2) });
}

function planPrd(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  return planStories(request, place, prdPart(request.message));
}

async function planStories(
  request: TaskRequest,
  place: PlanningPlace,
  prd: { readonly name: string; readonly text: string },
): Promise<Planned> {
  const repo = requireRepository(place);
  const { model, limits = {} } = request;
  // beside nothing of ours: its name comes from outside
  const folder = join(place.folder, 'input');
  const file = join(folder, prd.name);
  await mkdir(folder, { recursive: true });
  await writeDurableFile(file, prd.text, { mode: 0o600 });
  const planned = await planRalphRun(
    {
      prd: file,
      repo,
      model,
      branch: branchOf(request),
      budgetUsd: limits.budgetUsd,
      maxTurns: limits.maxTurns,
      unattended: 'park',
      questionWait: QUESTION_WAIT,
    },
    place.config,
    folder,
  );
  if (planned.order.length === 0)
    throw new InvalidInputError('ERR_TASK_INPUT', {
      message: 'there is nothing to do: every story of the PRD has passed',
      where: { field: 'parts' },
    });
  const input = { ...planned.input, runId: request.taskId };
  return {
    run: runOf(WORKFLOW_TYPES.ralph, input),
    plan: planOfRalph(input),
  };
}

async function planSwarm(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  const cwd = requireRepository(place);
  const { model, limits = {} } = request;
  const planned = await planSwarmRun(
    withEarlier(wordsWithFiles(request.message), place.earlier),
    {
      model,
      branch: branchOf(request),
      maxSubagents: limits.maxSubagents,
      maxSteps: limits.maxTurns,
      timeout: limits.timeoutS,
      budgetUsd: limits.budgetUsd,
      beside: true,
      // whoever names a limit has said what the swarm may cost
      yes: limits.budgetUsd !== undefined || limits.maxSubagents !== undefined,
    },
    { config: place.config, cwd },
  );
  const input = { ...planned.input, runId: request.taskId };
  return {
    run: runOf(WORKFLOW_TYPES.swarm, input),
    plan: planOfSwarm(input),
  };
}

/** A script of the repository by its name: neither a path nor a program comes from outside. */
async function planScript(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  const cwd = requireRepository(place);
  const { model, limits = {} } = request;
  const { name, args } = scriptPart(request.message);
  const planned = await planScriptRun(
    name,
    {
      model,
      args,
      branch: branchOf(request),
      maxAgents: limits.maxSubagents,
      maxSteps: limits.maxTurns,
      timeout: limits.timeoutS,
      budgetUsd: limits.budgetUsd,
      beside: true,
    },
    { config: place.config, cwd },
  );
  const input = { ...planned.input, runId: request.taskId };
  return { run: runOf(WORKFLOW_TYPES.swarm, input), plan: planOfSwarm(input) };
}

async function planRlm(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  const folder = join(place.folder, 'input');
  const names = await writeInputs(request.message, folder);
  const isAttached = names.length > 0;
  if (!isAttached && place.repository === null)
    throw new InvalidInputError('ERR_TASK_INPUT', {
      message:
        'there is nothing to look into: the message has no files, and no repository is named',
      where: { field: 'parts' },
      hint: 'attach text files, or name a workspace',
    });
  return planQuestion(request, place, {
    query: wordsOf(request.message),
    cwd: isAttached ? folder : requireRepository(place),
    flags: isAttached ? { file: names } : { file: ['.'], shownOnly: true },
  });
}

function planChat(request: TaskRequest, place: PlanningPlace): Promise<Planned> {
  const said = place.earlier.join('\n\n').slice(-EARLIER_LIMIT);
  return planQuestion(request, place, {
    query: wordsWithFiles(request.message),
    cwd: place.folder,
    flags: { content: said === '' ? 'Nothing was said before.' : said },
  });
}

async function planQuestion(
  request: TaskRequest,
  place: PlanningPlace,
  asked: {
    readonly query: string;
    readonly cwd: string;
    readonly flags: Parameters<typeof planRlmRun>[1];
  },
): Promise<Planned> {
  const { model, limits = {} } = request;
  const planned = await planRlmRun(
    asked.query,
    {
      ...asked.flags,
      tools: '',
      model,
      budgetUsd: limits.budgetUsd,
      maxIterations: limits.maxTurns,
    },
    { config: place.config, cwd: asked.cwd, readStandardInput: noInput },
  );
  const input = { ...planned.input, runId: request.taskId };
  return { run: runOf(WORKFLOW_TYPES.rlm, input), plan: planOfRlm(input) };
}

async function* noInput(): AsyncGenerator<Uint8Array> {
  // whoever hands in a task has no standard input here
}

function runOf(
  workflowType: PlannedRun['workflowType'],
  input: { readonly runId: string; readonly notes: readonly string[] },
): PlannedRun {
  return {
    kind: 'run',
    workflowType,
    workflowId: `task/${input.runId}/run`,
    input: { ...input },
    notes: input.notes.slice(0, 100).map((note) => shortLine(note, 2000)),
  };
}

function requireRepository({ repository }: PlanningPlace): string {
  if (repository !== null) return repository;
  throw new InvalidInputError('ERR_TASK_NEEDS_REPOSITORY', {
    message: 'this kind of task needs a repository to work in',
    where: { field: 'workspace' },
    hint: 'name a workspace of the service, or the https address of a repository',
  });
}

/** Tasks of one context go on on one branch. Pure. */
export function branchOf({ branch, contextId }: TaskRequest): string {
  if (branch !== undefined) return branch;
  const plain = branchSlug(contextId);
  const isKept = plain.length <= 40 && plain === contextId.toLowerCase();
  const name = isKept ? plain : sha256(contextId).slice(0, 20);
  return `codetether/${name}`;
}

/** The first line of what is asked for. Pure. */
export function titleOf({ message, skill }: Pick<TaskRequest, 'message' | 'skill'>): string {
  const line = wordsOf(message).split('\n')[0]?.trim() ?? '';
  return shortLine(line === '' ? `a task (${skill})` : line, TITLE_LIMIT);
}

function withEarlier(words: string, earlier: readonly string[]): string {
  if (earlier.length === 0) return words;
  const before = earlier.join('\n\n').slice(-EARLIER_LIMIT);
  return `${words}\n\nWhat was said in this conversation before, for context only:\n\n${before}`;
}
