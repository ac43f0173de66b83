import { z } from 'zod';

/** Arguments of `question`: what an agent wants to know of the person who owns its work. */
export const questionCallSchema = z.object({
  question: z.string().min(1).max(2000),
  options: z.array(z.string().min(1).max(300)).max(10).default([]),
  /** What the agent would choose, and why. */
  recommendation: z.string().max(1000).optional(),
  /** What it goes on with when nobody answers. */
  default: z.string().min(1).max(1000).optional(),
});

/** See {@link questionCallSchema}. */
export type QuestionCall = z.infer<typeof questionCallSchema>;

/** A question that nobody has answered. */
export const openQuestionSchema = z.object({
  question: z.string(),
  options: z.array(z.string()),
  recommendation: z.string().optional(),
});

/** See {@link openQuestionSchema}. */
export type OpenQuestion = z.infer<typeof openQuestionSchema>;

/** What becomes of questions of a run's agents. */
export const questionRulesSchema = z.object({
  /** How long an agent waits for an answer before it goes on without one, in milliseconds; 0 = not at all. */
  waitMs: z.number().int().nonnegative(),
  /**
   * Without an answer and without a default of the agent's own: `park` sets the story aside until somebody answers, `deny` has the
   * agent decide by itself.
   */
  unattended: z.enum(['park', 'deny']),
});

/** See {@link questionRulesSchema}. */
export type QuestionRules = z.infer<typeof questionRulesSchema>;

/** What was assumed of a question that nobody answered. */
export const assumptionSchema = z.object({ question: z.string(), assumed: z.string() });

/** A question in one line, with its options and the recommendation. Pure. */
export function questionLine({ question, options, recommendation }: OpenQuestion): string {
  const choices = options.length === 0 ? '' : ` (${options.join(' | ')})`;
  const advice = recommendation === undefined ? '' : `; recommended: ${recommendation}`;
  return `${question}${choices}${advice}`;
}
