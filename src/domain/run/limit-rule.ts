import { z } from 'zod';

/** What a run can do when a provider says that a limit of its is reached. */
const ON_LIMIT = ['wait', 'stop', 'ask'] as const;

/** See {@link limitRuleSchema}. */
export type OnLimit = (typeof ON_LIMIT)[number];

/** True for the code of a failure by which a provider says that a limit of its is reached. */
export function isProviderLimit(code: unknown): boolean {
  return code === 'ERR_PROVIDER_WAIT' || code === 'ERR_PROVIDER_QUOTA';
}

/** What becomes of a run when a provider says that a limit of its is reached; absent = it waits and goes on by itself. */
export const limitRuleSchema = z.object({
  /** `wait` = until the limit is over; `stop` = the run ends; `ask` = it pauses until somebody resumes it. */
  onLimit: z.enum(ON_LIMIT),
  /** ISO 8601: what could only be tried later than this is not tried by itself; null = whenever. */
  noResumeAfter: z.string().nullable(),
});

/** See {@link limitRuleSchema}. */
export type LimitRule = z.infer<typeof limitRuleSchema>;
