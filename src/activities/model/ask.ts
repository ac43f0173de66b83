import { z } from 'zod';
import {
  formatStepKey,
  modelReferenceSchema,
  usageSchema,
  type Budget,
  type ModelReference,
  type StepKey,
} from '../../domain/index.js';
import type { ModelReply, ModelRequest, Providers } from '../../providers/index.js';
import type { StepWork } from '../lib/step.js';
import { reserve } from './budget-reserve.js';
import type { ModelFallbacks } from './model-fallback.js';

/** What a model call cost; part of every result of one. */
export const spentSchema = z.object({
  usage: usageSchema,
  /** True when the server sent no usage and characters were counted. */
  isUsageEstimated: z.boolean(),
  /** Millionths of a US dollar; null = the price is unknown. */
  costMicroUsd: z.number().int().nonnegative().nullable(),
  /** How often the call was sent before and its process died before an answer arrived. */
  repeatedCalls: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
  /** The fallback model that answered in place of the one that was asked; absent = the one that was asked. */
  answeredBy: modelReferenceSchema.optional(),
  /** Context window of `answeredBy` in tokens; present with it. */
  answeredWindow: z.number().int().positive().optional(),
});

/** Who answers questions. */
export interface Models {
  readonly providers: Providers;
  readonly fallbacks: ModelFallbacks;
}

/** One request, to whichever model answers it. */
export interface Question extends Omit<ModelRequest, 'model'> {
  readonly model: ModelReference;
  /** Names the caller to the provider's limiter; absent = nobody in particular. */
  readonly key?: StepKey;
  /** What the call may cost at most; absent = no limit. */
  readonly budget?: Budget | undefined;
  /** Story id, shown in heartbeats. */
  readonly story?: string | undefined;
  /** Told of each piece of the answer's text, as it comes. */
  readonly onText?: ((text: string) => void) | undefined;
}

/** An answer with its price. */
export interface Answer {
  readonly reply: ModelReply;
  readonly cost: Pick<
    z.infer<typeof spentSchema>,
    'usage' | 'isUsageEstimated' | 'costMicroUsd' | 'answeredBy' | 'answeredWindow'
  >;
}

/**
 * Sends one request to the chosen model or to one that stands in for it, under heartbeats and the step's cancellation. Throws
 * ProviderError, BudgetReserveError and `ERR_BUDGET_PRICE_UNKNOWN`.
 */
export async function ask(
  { providers, fallbacks }: Models,
  question: Question,
  work: Pick<StepWork<unknown>, 'heartbeat' | 'signal' | 'attempt'>,
): Promise<Answer> {
  const { model: chosen, key, budget, story, onText, ...request } = question;
  const { reply, answeredBy } = await fallbacks.answer({
    chosen,
    attempt: work.attempt,
    async ask(reference) {
      const model = providers.resolve(reference);
      const addressed = { ...request, model: reference.model };
      if (budget !== undefined) reserve(addressed, model, budget);
      return model.provider.stream(addressed, {
        signal: work.signal,
        ...(key === undefined ? {} : { caller: formatStepKey(key) }),
        ...(onText === undefined ? {} : { onText }),
        onProgress: (progress) => work.heartbeat.progress({ story, ...progress }),
      });
    },
  });
  const model = providers.resolve(answeredBy);
  return {
    reply,
    cost: {
      usage: reply.usage,
      isUsageEstimated: reply.isUsageEstimated,
      costMicroUsd: model.costOf(reply.usage, reply.providerCostMicroUsd),
      ...(answeredBy === chosen ? {} : { answeredBy, answeredWindow: model.contextWindow }),
    },
  };
}
