import { z } from 'zod';

/** Where the updates of a task are posted to. */
export const pushConfigSchema = z.object({
  /** Given by the server when absent in the request. */
  id: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\w.-]+$/),
  taskId: z.string(),
  url: z.url().max(2048),
  /** Sent back with every delivery, as `X-A2A-Notification-Token`. */
  token: z.string().max(4096).optional(),
  /** Becomes the Authorization header. */
  authentication: z
    .object({ scheme: z.string().min(1).max(64), credentials: z.string().max(8192).optional() })
    .optional(),
  /** Where whoever set it sees the server; absent in those of older versions, and then large artifacts come with their beginning alone. */
  baseUrl: z.url().max(2048).optional(),
  /** Shape of the bodies: of the version in which it was set. */
  protocolVersion: z.enum(['1.0', '0.3']),
});

/** See {@link pushConfigSchema}. */
export type PushConfig = z.infer<typeof pushConfigSchema>;

/** How the deliveries of one configuration stand. */
export const pushStatusSchema = z.object({
  state: z.enum(['active', 'done', 'disabled']),
  /** Number of the newest update that arrived; 0 = none. */
  delivered: z.number().int().nonnegative(),
  /** Failed tries in a row. */
  failures: z.number().int().nonnegative(),
  /** Why the newest try failed; null = it did not. */
  lastError: z.string().max(500).nullable(),
  /** ISO 8601; null = nothing was tried. */
  lastTryAt: z.string().nullable(),
});

/** See {@link pushStatusSchema}. */
export type PushStatus = z.infer<typeof pushStatusSchema>;
