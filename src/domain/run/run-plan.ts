import { z } from 'zod';
import { checkSchema } from '../proof/check.js';
import { workspaceSetupSchema } from '../workspace-setup.js';

/**
 * What a person agreed to when a run was started, as far as it decides which commands run where: kept beside the run record, and
 * what every activity compares with. Only grows optional fields.
 */
export const runPlanSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  /** Absolute path of the repository's top level. */
  repository: z.string(),
  /** Absolute path of the PRD. */
  prdPath: z.string(),
  workdir: z.string(),
  branch: z.string(),
  checks: z.array(checkSchema),
  setup: workspaceSetupSchema,
});

/** See {@link runPlanSchema}. */
export type RunPlan = z.infer<typeof runPlanSchema>;

/** What a caller claims of a run; absent = it says nothing of it. */
export type PlanClaim = Partial<Pick<RunPlan, 'repository' | 'prdPath' | 'workdir' | 'setup'>> & {
  readonly checks?: RunPlan['checks'] | undefined;
};

/**
 * Names the first part of a claim that is not what the plan says; undefined when everything is. Fewer checks are no other
 * checks: files that were proven already need none. Pure.
 */
export function planDifference(plan: RunPlan, claim: PlanClaim): string | undefined {
  const same = (left: unknown, right: unknown): boolean => canonical(left) === canonical(right);
  for (const field of ['repository', 'prdPath', 'workdir', 'setup'] as const)
    if (claim[field] !== undefined && !same(plan[field], claim[field])) return field;
  const known = new Set(plan.checks.map(canonical));
  const strange = (claim.checks ?? []).find((check) => !known.has(canonical(check)));
  return strange === undefined ? undefined : `checks (${strange.name})`;
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}
