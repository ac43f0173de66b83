import { InvariantError, type FrozenProfile, type PlanClaim } from '../../domain/index.js';
import { frozenFor, type FreezeAgent, type FreezeRequest } from '../definitions/frozen-for.js';
import type { HookServices } from '../../tools/index.js';
import type { Heartbeat } from '../lib/heartbeat.js';
import type { Hold } from '../lib/step.js';
import type { CoreBudget, Sandbox, Stores } from '../../platform/index.js';

/** What the Ralph activities need; built once per worker. */
export interface RalphDependencies extends Stores {
  readonly sandbox: Sandbox;
  /**
   * Refuses a step of a run that claims something else than the run's stored plan. Throws `ERR_PLAN_MISSING`,
   * `ERR_PLAN_MISMATCH`, neither retried.
   */
  readonly requirePlan: (runId: string, claim: PlanClaim) => Promise<void>;
  /** Keeps prompt and tool schemas of an agent that starts. Default: they are as the worker has them. */
  readonly freezeAgent?: FreezeAgent;
  /** What hooks of people run in; absent = none run. */
  readonly hookServices?: HookServices;
  /** Pauses before a set-up command is run again whose network failed. Default 2 s, then 8 s. */
  readonly setupPausesMs?: readonly number[];
  /** Keeps two attempts out of one lane. Default: nobody else is there. */
  readonly hold?: Hold;
  /** Free space below which no step begins that writes a lot. Default 0: none. */
  readonly minFreeBytes?: number;
  /** Cores on which canaries run side by side. Default: one after the other. */
  readonly cores?: CoreBudget;
  /** Measures free space in bytes. Default: the disk of `home`. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What an agent is told and offered, kept. Throws InvariantError `ERR_AGENT_NOT_FROZEN` in a worker that keeps none. */
export async function frozenAgent(
  { freezeAgent, blobs }: Pick<RalphDependencies, 'freezeAgent' | 'blobs'>,
  request: FreezeRequest,
): Promise<FrozenProfile> {
  if (freezeAgent !== undefined) return frozenFor({ freezeAgent, blobs }, request);
  throw new InvariantError('ERR_AGENT_NOT_FROZEN', {
    message: 'this worker keeps no prompts of agents',
    hint: 'this is a defect: report it',
  });
}

/** A piece of Ralph work with its surroundings. */
export interface RalphWork {
  readonly dependencies: RalphDependencies;
  readonly heartbeat: Heartbeat;
  readonly signal: AbortSignal;
}
