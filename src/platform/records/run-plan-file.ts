import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  InvalidInputError,
  InvariantError,
  isEnded,
  planDifference,
  runPlanSchema,
  runStatusSchema,
  type PlanClaim,
  type RunPlan,
} from '../../domain/index.js';
import { readBounded } from '../light/bounded-file.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';

/** Far beyond any plan that was made on purpose. */
const LARGEST_PLAN = 8 * 1024 * 1024;
/** Names the runs that were open when this home began to store plans: they have none, and finish by their own word. */
const MARKER = 'plans-since.json';
const markerSchema = z.object({ version: z.literal(1), exempt: z.array(z.string()) });

/**
 * Notes once, before the first step of this version, which open runs have no plan. After that every run needs one, so that nobody
 * can make up an older run. Cheap when it was done before.
 */
export async function beginPlans(home: string): Promise<void> {
  const { runs } = homePaths(home);
  if ((await readOrNull(join(runs, MARKER))) !== null) return;
  const exempt: string[] = [];
  for (const runId of await readdir(runs).catch(() => []))
    if (isRunId(runId) && (await isOpenWithoutPlan(join(runs, runId)))) exempt.push(runId);
  await mkdir(runs, { recursive: true });
  const text = `${JSON.stringify({ version: 1, exempt })}\n`;
  await writeDurableFile(join(runs, MARKER), text, { mode: 0o600 });
}

async function isOpenWithoutPlan(folder: string): Promise<boolean> {
  if ((await readOrNull(join(folder, 'plan.json'))) !== null) return false;
  const record = await readOrNull(join(folder, 'record.json'));
  if (record === null) return false;
  const status = openStatusSchema.safeParse(parseOrNull(record)).data?.status;
  return status !== undefined && !isEnded(status);
}

const openStatusSchema = z.object({ status: runStatusSchema });

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRunId(name: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(name);
}

/** Writes the plan of a run that is about to start, for its owner only. */
export async function saveRunPlan(home: string, plan: RunPlan): Promise<void> {
  const { runs } = homePaths(home);
  const folder = join(runs, plan.runId);
  await mkdir(folder, { recursive: true });
  await beginPlans(home);
  const text = `${JSON.stringify(runPlanSchema.parse(plan))}\n`;
  await writeDurableFile(join(folder, 'plan.json'), text, { mode: 0o600 });
}

/**
 * Makes sure that what a caller claims of a run is what its stored plan says. A run that was started before this home stored plans
 * is named by the marker; it goes on by its own word. Throws `ERR_PLAN_MISSING`, `ERR_PLAN_MISMATCH` (not retried).
 */
export async function requirePlan(home: string, runId: string, claim: PlanClaim): Promise<void> {
  if (!isRunId(runId)) throw planMissing(home, runId);
  const file = join(homePaths(home).runs, runId, 'plan.json');
  const plan = await readRunPlan(home, runId);
  if (plan === null) {
    if (await isExempt(home, runId)) return;
    throw planMissing(home, runId);
  }
  const difference = planDifference(plan, claim);
  if (difference === undefined) return;
  throw new InvalidInputError('ERR_PLAN_MISMATCH', {
    message: `a step of run ${runId} came with another ${difference} than the plan that was agreed to`,
    where: { file },
    hint: 'somebody else asked for this step: see who may reach the Temporal server, and start the run again',
    data: { difference },
  });
}

/** The stored plan of a run; null when there is none. Throws `ERR_PLAN_INVALID`. */
export async function readRunPlan(home: string, runId: string): Promise<RunPlan | null> {
  const file = join(homePaths(home).runs, runId, 'plan.json');
  const text = await readOrNull(file);
  return text === null ? null : parsePlan(text, file);
}

function parsePlan(text: string, file: string): RunPlan {
  try {
    return runPlanSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InvariantError('ERR_PLAN_INVALID', {
      message: 'the stored plan of a run cannot be read',
      where: { file },
      hint: 'cancel the run and start the PRD again; passed stories stay passed',
      cause,
    });
  }
}

async function isExempt(home: string, runId: string): Promise<boolean> {
  const marker = await readOrNull(join(homePaths(home).runs, MARKER));
  const known = marker === null ? undefined : markerSchema.safeParse(parseOrNull(marker)).data;
  return known?.exempt.includes(runId) === true;
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readBounded(file, LARGEST_PLAN);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

function planMissing(home: string, runId: string): InvalidInputError {
  return new InvalidInputError('ERR_PLAN_MISSING', {
    message: `nobody of this home started a run ${runId}: it has no stored plan`,
    where: { file: homePaths(home).runs },
    hint: 'start runs with codetether ralph run; a workflow that was started otherwise is not obeyed',
  });
}
