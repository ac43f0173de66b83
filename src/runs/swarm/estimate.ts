import { DEFAULTS, type SwarmInput } from '../../contracts/index.js';
import {
  estimateWords,
  estimateWork,
  InvalidInputError,
  needsYes,
  resolveProviderEntry,
  type ConfirmLimits,
  type SwarmEstimate,
  type TokenPrice,
} from '../../domain/index.js';
import type { Config } from '../../config/index.js';
import { snapshotModel } from '../../platform/index.js';

/** The range of what the agents of a swarm may use; undefined while nobody knows how many there are. */
export function estimateSwarm(
  input: Pick<SwarmInput, 'options' | 'rows' | 'verify' | 'subtasks'>,
  config: Config,
): SwarmEstimate | undefined {
  const { subtasks, rows, verify, options } = input;
  if (subtasks.length === 0) return undefined;
  const { maxTurns } = options;
  const work = { subtasks: subtasks.length, verify, maxTurns, isTable: rows !== undefined };
  return estimateWork(work, priceOf(options.model, config));
}

/** What the model's tokens cost as far as it is known here; null where nobody knows. */
export function priceOf(model: SwarmInput['options']['model'], config: Config): TokenPrice | null {
  const { priceId } = resolveProviderEntry(model, config.worker.providers);
  const known = priceId === null ? null : snapshotModel({ priceId, model: model.model });
  const input = known?.inputPerMillionUsd ?? null;
  const output = known?.outputPerMillionUsd ?? null;
  return input === null || output === null ? null : { input, output };
}

/** Above which a person is asked, by the configuration. */
export function confirmLimits(config: Config): ConfirmLimits {
  return { agents: DEFAULTS.confirmAboveAgents, usd: config.swarm.confirmAboveUsd };
}

/** Throws `ERR_SWARM_NEEDS_YES` for a swarm that a person has to agree to and did not. */
export function requireYes(
  flags: { readonly yes?: boolean | undefined },
  config: Config,
  estimate: SwarmEstimate | undefined,
): void {
  if (flags.yes === true || estimate === undefined) return;
  if (!needsYes(estimate, confirmLimits(config))) return;
  throw new InvalidInputError('ERR_SWARM_NEEDS_YES', {
    message: estimateWords(estimate),
    where: { field: '--yes' },
    hint: 'add --yes, or look at it first with --dry-run; --budget-usd limits what it may cost',
    data: { estimate },
  });
}
