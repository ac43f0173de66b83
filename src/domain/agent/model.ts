import { z } from 'zod';
import { InvalidInputError } from '../light/error.js';

/** A model named by provider and model id; the id may itself hold slashes and colons. */
export const modelReferenceSchema = z.object({
  provider: z.string().min(1),
  model: z.string().min(1),
});

/** See {@link modelReferenceSchema}. */
export type ModelReference = z.infer<typeof modelReferenceSchema>;

/**
 * Splits `provider/model` at the first slash, so that `openrouter/stepfun/step-3.5-flash:free` keeps its tail.
 * Throws {@link InvalidInputError} `ERR_MODEL_REFERENCE_INVALID` when either half is missing.
 */
export function parseModelReference(text: string): ModelReference {
  const slash = text.indexOf('/');
  const provider = text.slice(0, Math.max(slash, 0)).trim();
  const model = slash < 0 ? '' : text.slice(slash + 1).trim();
  if (provider === '' || model === '') {
    throw new InvalidInputError('ERR_MODEL_REFERENCE_INVALID', {
      message: `"${text}" does not name a model`,
      hint: 'write PROVIDER/MODEL, for example moonshotai/kimi-k2.5',
    });
  }
  return { provider, model };
}

/** The reference in the form a user types. */
export function formatModelReference(reference: ModelReference): string {
  return `${reference.provider}/${reference.model}`;
}

/**
 * Tokens of one model call or of a sum of calls.
 * `inputTokens` includes cached ones for every provider; adapters convert where a provider excludes them.
 */
export const usageSchema = z.object({
  inputTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  cacheWriteTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  reasoningTokens: z.number().int().nonnegative(),
});

/** See {@link usageSchema}. */
export type Usage = z.infer<typeof usageSchema>;

/** Usage of nothing. */
export const ZERO_USAGE: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** Field by field sum. */
export function addUsage(left: Usage, right: Usage): Usage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
  };
}

/** Sum of costs in millionths of a US dollar; unknown (null) plus anything is unknown, never 0. */
export function addCost(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left + right;
}

/** Why a model stopped. `length` is not an error; `refusal` covers content filters. */
export const finishReasonSchema = z.enum(['stop', 'tool-calls', 'length', 'refusal']);

/** See {@link finishReasonSchema}. */
export type FinishReason = z.infer<typeof finishReasonSchema>;
