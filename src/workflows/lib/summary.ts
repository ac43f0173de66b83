import { formatModelReference, type ModelReference, type Usage } from '../../domain/index.js';

/** What is known of the previous model call when the next activity is scheduled. */
export interface LastCall {
  readonly usage: Usage;
  readonly costMicroUsd: number | null;
}

/** One line for the Temporal UI: `US-003 · turn 4 · kimi-k2.5 · last: 2.1k in / 310 out · $0.002`. */
export function modelCallSummary(options: {
  readonly story: string | undefined;
  readonly turn: number;
  readonly model: ModelReference;
  readonly last: LastCall | undefined;
}): string {
  const parts = [
    `turn ${options.turn}`,
    formatModelReference(options.model).split('/').at(-1) ?? '',
  ];
  if (options.story !== undefined) parts.unshift(options.story);
  if (options.last !== undefined) parts.push(`last: ${describeSpending(options.last)}`);
  return parts.join(' · ').slice(0, 200);
}

/** `2.1k in / 310 out · $0.002`; an unknown price shows as `price unknown`. */
export function describeSpending(call: LastCall): string {
  const price =
    call.costMicroUsd === null ? 'price unknown' : `$${(call.costMicroUsd / 1_000_000).toFixed(3)}`;
  return `${compactCount(call.usage.inputTokens)} in / ${compactCount(call.usage.outputTokens)} out · ${price}`;
}

function compactCount(count: number): string {
  return count < 1000 ? String(count) : `${(count / 1000).toFixed(1)}k`;
}
