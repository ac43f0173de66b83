import { z } from 'zod';

/**
 * Names one step of one workflow execution chain, so that its effect happens once (design.md section 7).
 * `scope` = workflow id and first execution run id, `step` grows by one per decision, `index` is the position in a turn.
 */
export const stepKeySchema = z.object({
  scope: z.string().min(1),
  step: z.number().int().nonnegative(),
  index: z.number().int().nonnegative(),
});

/** See {@link stepKeySchema}. */
export type StepKey = z.infer<typeof stepKeySchema>;

/** The key as one line: `scope#step.index`. */
export function formatStepKey(key: StepKey): string {
  return `${key.scope}#${key.step}.${key.index}`;
}
