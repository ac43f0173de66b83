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

/** Calls inside a call are numbered from here on, by so many for each place in a turn; a turn holds far fewer calls. */
const INNER_STEPS = 1000;

/** Key of the call at `position` (from 0) inside the call of `key`: of the same scope, and of no other call. */
export function innerStepKey(key: StepKey, position: number): StepKey {
  return { ...key, index: (key.index + 1) * INNER_STEPS + position };
}

/** Negative when `left` came before `right`, both of one scope; a call inside another stands at the place of that one. */
export function compareSteps(left: StepKey, right: StepKey): number {
  const turn = left.step - right.step;
  return turn === 0 ? placeInTurn(left.index) - placeInTurn(right.index) : turn;
}

function placeInTurn(index: number): number {
  return index < INNER_STEPS ? index : index / INNER_STEPS - 1;
}
