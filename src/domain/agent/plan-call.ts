import { z } from 'zod';

const text = z.string().max(2000);

/** Arguments of `plan_enter`: the agent only reads from here on, until it has a plan. */
export const planEnterSchema = z.object({
  goal: text.min(1),
  steps: z.array(text).max(50).default([]),
});

/** Arguments of `plan_exit`: the plan, after which the agent works again. */
export const planExitSchema = z.object({
  summary: z.string().max(8000).optional(),
  step_complete: z.boolean().optional(),
  notes: z.string().max(4000).optional(),
});
