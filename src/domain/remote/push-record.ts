import { z } from 'zod';
import { pushConfigSchema, pushStatusSchema } from './push-config.js';

/** A configuration of deliveries as it is kept. It is written once; how its deliveries stand is kept beside it. */
export const pushRecordSchema = z.object({
  version: z.literal(1),
  config: pushConfigSchema,
  contextId: z.string().max(256),
  /** Another one each time that the configuration is set. */
  generation: z.string().regex(/^[0-9a-z]{1,40}$/),
  /** Updates up to this one are not delivered: they came before. */
  behind: z.number().int().nonnegative(),
});

/** See {@link pushRecordSchema}. */
export type PushRecord = z.infer<typeof pushRecordSchema>;

/** How the deliveries of one generation stand, as it is kept. */
export const pushProgressSchema = z.object({
  version: z.literal(1),
  generation: pushRecordSchema.shape.generation,
  status: pushStatusSchema,
});

/** What a delivery is asked for: which configuration, and no secret of it. Enters Temporal. */
export const pushOrderSchema = z.object({
  taskId: z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/),
  id: pushConfigSchema.shape.id,
  generation: pushRecordSchema.shape.generation,
});

/** See {@link pushOrderSchema}. */
export type PushOrder = z.infer<typeof pushOrderSchema>;
