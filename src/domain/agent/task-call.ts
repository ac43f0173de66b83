import { z } from 'zod';

/** Arguments of `task`: work for an agent of its own. */
export const taskCallSchema = z.object({
  /** For people, one line. */
  description: z.string().trim().min(1).max(200),
  prompt: z.string().trim().min(1).max(32_000),
  /** `explore` and `plan` only read; `general` may change files. */
  agent: z.enum(['explore', 'general', 'plan']).default('explore'),
  /** Go on at once; a message says when it has ended. One that changes files works in a copy then, which is merged. */
  background: z.boolean().default(false),
});

/** See {@link taskCallSchema}. */
export type TaskCall = z.infer<typeof taskCallSchema>;
