import { z } from 'zod';
import type { Denials } from './denial.js';
import type { Reaches } from './reach.js';

/** Characters of the parts of a question, and how many options it may have. */
const MOST = { question: 2000, option: 300, options: 10, answer: 1000 };

/** Assumptions that are kept of one agent, the newest ones. */
export const MOST_ASSUMPTIONS = 20;

/** Arguments of `question`: what an agent wants to know of the person who owns its work. */
export const questionCallSchema = z.object({
  question: z.string().min(1).max(MOST.question),
  options: z.array(z.string().min(1).max(MOST.option)).max(MOST.options).default([]),
  /** What the agent would choose, and why. */
  recommendation: z.string().max(MOST.answer).optional(),
  /** What it goes on with when nobody answers. */
  default: z.string().min(1).max(MOST.answer).optional(),
});

/** See {@link questionCallSchema}. */
export type QuestionCall = z.infer<typeof questionCallSchema>;

/** A question that nobody has answered. */
export const openQuestionSchema = z.object({
  question: z.string().max(MOST.question),
  options: z.array(z.string().max(MOST.option)).max(MOST.options),
  recommendation: z.string().max(MOST.answer).optional(),
  /** What a yes grants to the story that asks, word for word; absent = nothing but the answer. */
  grants: z.array(z.string().max(450)).max(100).optional(),
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

/** What was assumed of questions that nobody answered, oldest first. */
export const assumptionsSchema = z
  .array(
    z.object({ question: z.string().max(MOST.question), assumed: z.string().max(MOST.answer) }),
  )
  .max(MOST_ASSUMPTIONS);

/** A question in one line, with its options and the recommendation. Pure. */
export function questionLine({ question, options, recommendation }: OpenQuestion): string {
  const choices = options.length === 0 ? '' : ` (${options.join(' | ')})`;
  const advice = recommendation === undefined ? '' : `; recommended: ${recommendation}`;
  return `${question}${choices}${advice}`;
}

/** What an agent asked a person, as far as nobody answered, what rules of people refused, and what it reached for. */
export interface Unanswered {
  readonly denials?: Denials | undefined;
  readonly reaches?: Reaches | undefined;
  readonly question?: OpenQuestion | undefined;
  readonly assumptions?: z.infer<typeof assumptionsSchema> | undefined;
}

/** Those fields alone, without the ones that hold nothing. Pure. */
export function unansweredOf({ question, assumptions, denials, reaches }: Unanswered): {
  denials?: Denials;
  reaches?: Reaches;
  question?: OpenQuestion;
  assumptions?: z.infer<typeof assumptionsSchema>;
} {
  return {
    ...(question === undefined ? {} : { question }),
    ...(assumptions === undefined ? {} : { assumptions }),
    ...(denials === undefined ? {} : { denials }),
    ...(reaches === undefined ? {} : { reaches }),
  };
}

/** True for an answer by which a person says yes and nothing else: what stands behind may take it back. Pure. */
export function isYes(answer: string): boolean {
  return /^\s{0,10}(?:y|yes|ok|okay|allow|approve|approved)(?:,? please)?[\s.!]*$/i.test(answer);
}
