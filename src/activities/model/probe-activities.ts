import { Context } from '@temporalio/activity';
import { probeInputSchema, type ProbeInput, type ProbeResult } from '../../contracts/index.js';
import type { Providers } from '../../providers/index.js';
import { startHeartbeat } from '../lib/heartbeat.js';
import { mapModelFailures } from './model-failure.js';

/** Dependencies of {@link createProbeActivities}. */
export interface ProbeActivityDependencies {
  readonly providers: Providers;
}

/** Activities that try whether a model can be called. */
export interface ProbeActivities {
  /** Asks a model for one word with the key that Vault holds now. Not idempotent: each call is paid. Fails like `callModel`. */
  readonly probeModel: (input: ProbeInput) => Promise<ProbeResult>;
}

/** Room for a word; models that think first need some more. */
const MAX_OUTPUT_TOKENS = 16;

/** The probe over the providers. */
export function createProbeActivities({ providers }: ProbeActivityDependencies): ProbeActivities {
  return {
    async probeModel(raw) {
      return mapModelFailures(raw.model, async () => {
        const { model } = probeInputSchema.parse(raw);
        const resolved = providers.resolve(model);
        const heartbeat = startHeartbeat();
        const startedAt = performance.now();
        try {
          const reply = await resolved.provider.stream(
            {
              model: model.model,
              messages: [{ role: 'user', content: 'Say ok.' }],
              tools: [],
              maxOutputTokens: MAX_OUTPUT_TOKENS,
            },
            { signal: Context.current().cancellationSignal },
          );
          return {
            latencyMs: Math.round(performance.now() - startedAt),
            usage: reply.usage,
            costMicroUsd: resolved.costOf(reply.usage, reply.providerCostMicroUsd),
          };
        } finally {
          heartbeat.stop();
        }
      });
    },
  };
}
