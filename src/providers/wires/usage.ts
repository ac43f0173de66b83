import { fieldsOf } from '../../domain/index.js';
import { countOf } from '../reading.js';
import type { RawUsage } from '../reply/reply.js';

/** Takes in what a server says of tokens, wherever and however often it says it. */
export interface UsageCollector {
  add(raw: unknown): void;
  /** The largest of each count, because later ones are running totals; null when nothing was said. */
  read(): RawUsage | null;
  /** Price in millionths of a US dollar, or null. */
  costMicroUsd(): number | null;
}

/** A price above this for one call is a broken figure. */
const LARGEST_COST_USD = 1000;

/**
 * A collector. `isInputWithoutCache` says that the wire's input tokens leave out those of the cache (Anthropic); ours
 * include them.
 */
export function createUsageCollector(isInputWithoutCache: boolean): UsageCollector {
  const best = new Map<keyof RawUsage, number>();
  let cost: number | null = null;
  const take = (field: keyof RawUsage, ...values: unknown[]): void => {
    for (const value of values) {
      const count = countOf(value);
      if (count !== null) best.set(field, Math.max(best.get(field) ?? 0, count));
    }
  };
  return {
    add(raw) {
      const usage = fieldsOf(raw);
      const input = fieldsOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
      const output = fieldsOf(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
      take('inputTokens', usage['prompt_tokens'], usage['input_tokens']);
      take('outputTokens', usage['completion_tokens'], usage['output_tokens']);
      take(
        'cachedInputTokens',
        input['cached_tokens'],
        usage['prompt_cache_hit_tokens'],
        usage['cached_tokens'],
        usage['cache_read_input_tokens'],
      );
      take('cacheWriteTokens', input['cache_write_tokens'], usage['cache_creation_input_tokens']);
      take('reasoningTokens', output['reasoning_tokens']);
      const price = usage['cost'];
      if (typeof price === 'number' && price >= 0 && price <= LARGEST_COST_USD) cost = price;
    },
    read() {
      if (best.size === 0) return null;
      const of = (field: keyof RawUsage): number | null => best.get(field) ?? null;
      const cached = of('cachedInputTokens') ?? 0;
      const written = of('cacheWriteTokens') ?? 0;
      const input = of('inputTokens');
      return {
        inputTokens: input !== null && isInputWithoutCache ? input + cached + written : input,
        cachedInputTokens: of('cachedInputTokens'),
        cacheWriteTokens: of('cacheWriteTokens'),
        outputTokens: of('outputTokens'),
        reasoningTokens: of('reasoningTokens'),
      };
    },
    costMicroUsd: () => (cost === null ? null : Math.round(cost * 1e6)),
  };
}
