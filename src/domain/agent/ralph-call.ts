import { z } from 'zod';

/** Arguments of `ralph`: the stories of a PRD in the lane, handed to agents. */
export const ralphCallSchema = z.object({
  action: z.enum(['run', 'status']),
  prd_path: z.string().min(1).max(1000).default('prd.json'),
});
