import { probeInputSchema, type ProbeResult } from '../../contracts/index.js';
import type { Providers } from '../../providers/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';
import { ask } from './ask.js';
import { createModelFallbacks } from './model-fallback.js';
import { toModelFailure } from './model-failure.js';

/** Dependencies of {@link createProbeActivities}. */
export interface ProbeActivityDependencies {
  readonly providers: Providers;
}

/** Room for a word; models that think first need some more. */
const MAX_OUTPUT_TOKENS = 16;

/** Nobody stands in for a model that is tried. */
const ALONE = createModelFallbacks([]);

/** Asks a model for one word with the key that Vault holds now. Not idempotent: each call is paid. Fails like `callModel`. */
const probeModel = defineStep<ProbeActivityDependencies>()({
  input: probeInputSchema,
  async run({ model }, work): Promise<ProbeResult> {
    const startedAt = performance.now();
    const { cost } = await ask(
      { providers: work.dependencies.providers, fallbacks: ALONE },
      {
        model,
        messages: [{ role: 'user', content: 'Say ok.' }],
        tools: [],
        maxOutputTokens: MAX_OUTPUT_TOKENS,
      },
      work,
    );
    const { usage, costMicroUsd } = cost;
    return { latencyMs: Math.round(performance.now() - startedAt), usage, costMicroUsd };
  },
  explain: (error, { model }) => toModelFailure(error, model),
});

const steps = { probeModel };

/** Activities that try whether a model can be called. */
export type ProbeActivities = Activities<typeof steps>;

/** The probe over the providers. */
export function createProbeActivities(dependencies: ProbeActivityDependencies): ProbeActivities {
  return bindSteps({ providers: dependencies.providers }, steps);
}
