import { resolve } from 'node:path';
import { processEnvironment, type Config } from '../../config/index.js';
import {
  carriedRecord,
  InvalidInputError,
  isEnded,
  type RunRecord,
  type ScriptFacts,
  type ScriptTask,
} from '../../domain/index.js';
import { setHostEnvironment } from '../../platform/index.js';
import type { ScriptPreview } from '../../rlm/index.js';
import { repositoryAround } from '../definitions/repository-around.js';
import { requireRoomInMessage } from '../plan/plan-run.js';
import { commandStores } from '../results/command-stores.js';
import { goOnInput, limitsOf, plannedAgain, type RetryFlags } from '../swarm/plan-swarm-retry.js';
import type { PlannedSwarm } from '../swarm/plan-swarm-run.js';
import { findScript } from './find-script.js';
import { storeKnown, storeSource } from './plan-script-run.js';

/** What the command line says about a script that goes on; absent = as it was. */
export interface ScriptRetryFlags extends Omit<RetryFlags, 'plan' | 'yes'> {
  /** The file as it is now, in the place of the text that the run began with. */
  readonly edited?: boolean | undefined;
}

/** A script that goes on, with what it takes over. */
export interface PlannedScriptRetry extends PlannedSwarm {
  readonly task: ScriptTask;
  readonly preview: ScriptPreview;
}

/**
 * Lays out how an ended script goes on: calls that had ended with a value are taken over where nothing before them has changed, everything
 * else is asked again. Throws InvalidInputError `ERR_REQUEST_INVALID`, `ERR_RUN_OPEN`, `ERR_RUN_DISCARDED`, `ERR_SCRIPT_FINISHED`, and as
 * `findScript` does.
 */
export async function planScriptRetry(
  record: RunRecord,
  flags: ScriptRetryFlags,
  {
    config,
    cwd,
    ...engine
  }: {
    readonly config: Config;
    readonly cwd: string;
    /** File of the engine's thread; tests name the compiled one. */
    readonly thread?: URL;
  },
): Promise<PlannedScriptRetry> {
  setHostEnvironment(processEnvironment());
  const { swarm } = record;
  const script = swarm?.script;
  if (swarm === undefined || script?.task === undefined)
    throw refusal('ERR_REQUEST_INVALID', `run ${record.runId} is no script`);
  requireRetryable(record, script, flags);
  const task = await taskAgain(script, script.task, { record, flags, config, cwd });
  const own = await goOnInput({ record, swarm }, { ...flags, plan: undefined }, config);
  const input = {
    ...own,
    ...limitsOf(swarm, { ...flags, plan: undefined }),
    subtasks: [],
    outline: null,
    carried: carriedRecord(record),
    isConfirmed: true,
    script: { ...task, budgetTokens: own.options.budget.tokens },
  };
  requireRoomInMessage(input, record.runId);
  const { blobs } = commandStores(config);
  const { previewScript } = await import('../../rlm/index.js');
  const preview = await previewScript(input.script, blobs, engine);
  return { ...(await plannedAgain(record, input, config)), task, preview };
}

async function taskAgain(
  { journal }: ScriptFacts,
  before: ScriptTask,
  {
    record,
    flags,
    config,
    cwd,
  }: {
    readonly record: RunRecord;
    readonly flags: ScriptRetryFlags;
    readonly config: Config;
    readonly cwd: string;
  },
): Promise<ScriptTask> {
  const { blobs } = commandStores(config);
  const known = await storeKnown({ journal, known: before.known }, blobs);
  if (flags.edited !== true) return { ...before, known };
  const repository = await repositoryAround(resolve(cwd, record.repository));
  const script = await findScript(before.path, { repository, cwd });
  const { source, models } = await storeSource(script, {
    repository,
    config,
    args: await blobs.getText(before.args),
  });
  return { ...before, name: script.meta.name, source, models, known };
}

function requireRetryable(
  { runId, status, discardedAt }: RunRecord,
  { state }: ScriptFacts,
  { edited }: ScriptRetryFlags,
): void {
  if (!isEnded(status))
    throw refusal(
      'ERR_RUN_OPEN',
      `script ${runId} has not ended: ${status}`,
      `codetether runs cancel ${runId} ends it`,
    );
  if (discardedAt !== undefined)
    throw refusal('ERR_RUN_DISCARDED', `script ${runId} was discarded at ${discardedAt}`);
  if (state === 'done' && status === 'passed' && edited !== true)
    throw refusal(
      'ERR_SCRIPT_FINISHED',
      `script ${runId} has returned, and nothing speaks against its result`,
      `codetether script retry ${runId} --edited runs the file as it is now`,
    );
}

function refusal(code: string, message: string, hint = 'codetether runs list'): InvalidInputError {
  return new InvalidInputError(code, { message, hint });
}
