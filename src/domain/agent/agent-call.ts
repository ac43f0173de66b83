import { z } from 'zod';

/** Arguments of `agent`: a look at the agents that were started in the background, a word to one, or its end. */
export const agentCallSchema = z.object({
  action: z.enum(['list', 'message', 'stop']).default('list'),
  /** Number of an agent, as `task` told it. */
  id: z.int().min(1).optional(),
  /** What it is told. */
  text: z.string().trim().min(1).max(4000).optional(),
});
