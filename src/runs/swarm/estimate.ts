import type { SwarmInput } from '../../contracts/index.js';
import { resolveProviderEntry } from '../../domain/index.js';
import type { Config } from '../../config/index.js';
import { snapshotModel } from '../../platform/index.js';

/** What a swarm may cost: from the least that each agent can do to what agents use on long tasks. Not a promise. */
export interface SwarmEstimate {
  readonly agents: number;
  readonly calls: readonly [number, number];
  /** Input and output together. */
  readonly tokens: readonly [number, number];
  /** US dollars; null where nobody knows the model's price. */
  readonly usd: readonly [number, number] | null;
}

/** Calls of one agent: an answer after one look, and a long task. */
const CALLS: readonly [number, number] = [2, 20];
/** Tokens of one call: a short conversation, and a long one. */
const INPUT_TOKENS: readonly [number, number] = [2_000, 12_000];
const OUTPUT_TOKENS: readonly [number, number] = [150, 800];
/** A row is one question. */
const ROW_CALLS: readonly [number, number] = [1, 2];
const ROW_TOKENS: readonly [number, number] = [400, 2_000];

/** The range of what `agents` agents may use; undefined while nobody knows how many there are. */
export function estimateSwarm(
  input: Pick<SwarmInput, 'options' | 'rows' | 'verify' | 'subtasks'>,
  config: Config,
): SwarmEstimate | undefined {
  const { subtasks, rows, verify, options } = input;
  if (subtasks.length === 0) return undefined;
  const isTable = rows !== undefined;
  const one = isTable ? ROW_CALLS : CALLS;
  const agents = subtasks.length + verify;
  const joins = isTable || subtasks.length === 1 ? 0 : 1;
  const range = (at: 0 | 1) => {
    const calls = agents * Math.min(one[at], options.maxTurns) + joins;
    const inputTokens = calls * (isTable ? ROW_TOKENS : INPUT_TOKENS)[at];
    return { calls, inputTokens, outputTokens: calls * OUTPUT_TOKENS[at] };
  };
  const [low, high] = [range(0), range(1)];
  const price = priceOf(options.model, config);
  const usd = ({ inputTokens, outputTokens }: typeof low): number =>
    ((price?.input ?? 0) * inputTokens + (price?.output ?? 0) * outputTokens) / 1_000_000;
  return {
    agents,
    calls: [low.calls, high.calls],
    tokens: [low.inputTokens + low.outputTokens, high.inputTokens + high.outputTokens],
    usd: price === null ? null : [usd(low), usd(high)],
  };
}

function priceOf(
  model: SwarmInput['options']['model'],
  config: Config,
): { readonly input: number; readonly output: number } | null {
  const { priceId } = resolveProviderEntry(model, config.worker.providers);
  const known = priceId === null ? null : snapshotModel({ priceId, model: model.model });
  const input = known?.inputPerMillionUsd ?? null;
  const output = known?.outputPerMillionUsd ?? null;
  return input === null || output === null ? null : { input, output };
}
