/** What a swarm may cost: from the least that each agent can do to what agents use on long tasks. Not a promise. */
export interface SwarmEstimate {
  readonly agents: number;
  readonly calls: readonly [number, number];
  /** Input and output together. */
  readonly tokens: readonly [number, number];
  /** US dollars; null where nobody knows the model's price. */
  readonly usd: readonly [number, number] | null;
}

/** US dollars for a million tokens. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
}

/** What is to be done, as far as its cost depends on it. */
export interface EstimatedWork {
  readonly subtasks: number;
  /** Judges of the merged result. */
  readonly verify: number;
  /** Turns of one agent at most. */
  readonly maxTurns: number;
  /** A row is one question. */
  readonly isTable: boolean;
}

/** Calls of one agent: an answer after one look, and a long task. */
const CALLS: readonly [number, number] = [2, 20];
/** Tokens of one call: a short conversation, and a long one. */
const INPUT_TOKENS: readonly [number, number] = [2_000, 12_000];
const OUTPUT_TOKENS: readonly [number, number] = [150, 800];
const ROW_CALLS: readonly [number, number] = [1, 2];
const ROW_TOKENS: readonly [number, number] = [400, 2_000];

/** The range of what so many agents may use. Pure and workflow-safe. */
export function estimateWork(work: EstimatedWork, price: TokenPrice | null): SwarmEstimate {
  const { subtasks, verify, maxTurns, isTable } = work;
  const one = isTable ? ROW_CALLS : CALLS;
  const agents = subtasks + verify;
  const joins = isTable || subtasks === 1 ? 0 : 1;
  const range = (at: 0 | 1) => {
    const calls = agents * Math.min(one[at], maxTurns) + joins;
    const inputTokens = calls * (isTable ? ROW_TOKENS : INPUT_TOKENS)[at];
    return { calls, inputTokens, outputTokens: calls * OUTPUT_TOKENS[at] };
  };
  const [low, high] = [range(0), range(1)];
  const usd = ({ inputTokens, outputTokens }: typeof low): number =>
    ((price?.input ?? 0) * inputTokens + (price?.output ?? 0) * outputTokens) / 1_000_000;
  return {
    agents,
    calls: [low.calls, high.calls],
    tokens: [low.inputTokens + low.outputTokens, high.inputTokens + high.outputTokens],
    usd: price === null ? null : [usd(low), usd(high)],
  };
}

/** Above which a person has to agree: agents, and US dollars (null = whatever they cost). */
export interface ConfirmLimits {
  readonly agents: number;
  readonly usd: number | null;
}

/** True for a swarm that starts only when a person agreed. Pure and workflow-safe. */
export function needsYes(estimate: SwarmEstimate, limits: ConfirmLimits): boolean {
  const isDear = limits.usd !== null && estimate.usd !== null && estimate.usd[1] > limits.usd;
  return isDear || estimate.agents > limits.agents;
}

/** The estimate in words, for whoever is asked. Pure and workflow-safe. */
export function estimateWords({ agents, calls, usd }: SwarmEstimate): string {
  const cost =
    usd === null
      ? 'at a price that nobody knows'
      : `for $${usd[0].toFixed(2)} to $${usd[1].toFixed(2)}`;
  const who = agents === 1 ? '1 agent' : `${agents} agents`;
  return `${who} would make ${calls[0]} to ${calls[1]} model calls ${cost}`;
}
