import { z } from 'zod';
import { modelReferenceSchema, usageSchema } from '../domain/index.js';

/** Input of `probeModelWorkflow`: which model is asked for one word. */
export const probeInputSchema = z.object({ model: modelReferenceSchema });

/** See {@link probeInputSchema}. */
export type ProbeInput = z.infer<typeof probeInputSchema>;

/** Result of `probeModelWorkflow`: the model answered. */
export const probeResultSchema = z.object({
  /** Milliseconds from the reading of the key to the end of the answer. */
  latencyMs: z.number().int().nonnegative(),
  usage: usageSchema,
  /** Millionths of a US dollar; null = the price is unknown. */
  costMicroUsd: z.number().int().nonnegative().nullable(),
});

/** See {@link probeResultSchema}. */
export type ProbeResult = z.infer<typeof probeResultSchema>;
