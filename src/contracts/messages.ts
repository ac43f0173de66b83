import { z } from 'zod';
import { agentSpendingSchema, budgetSchema, storySchema } from '../domain/index.js';

/** Query: the present {@link RunRecord} of a run, or the state of an agent. */
export const RUN_STATUS_QUERY = 'runStatus';

/** Query of an agent: turns, tokens, to-do list. */
export const AGENT_STATUS_QUERY = 'agentStatus';

/** Updates of a run: what people may ask of it while it is open. Each answers with one sentence. */
export const RUN_UPDATES = {
  pause: 'pauseRun',
  resume: 'resumeRun',
  skip: 'skipStory',
  retry: 'retryStory',
  add: 'addStory',
  answer: 'answerStory',
} as const;

/** Argument of `pauseRun`. */
export const pauseRequestSchema = z.object({ reason: z.string().max(500) });

/** Argument of `resumeRun`: a new total of each limit that is given; others stay. */
export const resumeRequestSchema = z.object({
  budget: budgetSchema.partial().optional(),
  /** ISO 8601; null takes the old moment away. */
  until: z.string().nullable().optional(),
});

/** Argument of `skipStory` and `retryStory`. */
export const storyRequestSchema = z.object({ story: z.string().min(1) });

/** Argument of `addStory`. */
export const addStoryRequestSchema = z.object({ story: storySchema });

/** Argument of `answerStory`: what a blocked story asked for. */
export const answerRequestSchema = z.object({
  story: z.string().min(1),
  text: z.string().min(1).max(8000),
});

/** See {@link resumeRequestSchema}. */
export type ResumeRequest = z.infer<typeof resumeRequestSchema>;

/** Signals down the tree, from a run to its stories and from a story to its agent. */
export const AGENT_SIGNALS = {
  /** No further model call until `resumeAgent`. */
  pause: 'pauseAgent',
  resume: 'resumeAgent',
  /** More of the budget; see {@link leaseGrantSchema}. */
  grant: 'grantLease',
  /** A waiting agent tries again at once. */
  tryNow: 'tryNow',
} as const;

/** Argument of `grantLease`: what is added to the lease. */
export const leaseGrantSchema = z.object({ added: budgetSchema });

/** Signals up the tree, from an agent to the run that pays for it. */
export const OWNER_SIGNALS = {
  standstill: 'agentStandstill',
  lease: 'requestLease',
} as const;

/** Argument of `agentStandstill`: why a story's agent waits, or null when it works again; and what it has spent so far. */
export const standstillSchema = z.object({
  story: z.string(),
  standstill: z
    .object({
      reason: z.string(),
      /** Next try; null = when somebody resumes the run. */
      until: z.string().nullable(),
      /** True when a person has to mend something; absent = time does it. */
      isPaused: z.boolean().optional(),
    })
    .nullable(),
  spending: agentSpendingSchema.optional(),
});

/** See {@link standstillSchema}. */
export type StandstillReport = z.infer<typeof standstillSchema>;

/** Argument of `requestLease`: what the next call needs at least, beyond what the lease holds. */
export const leaseRequestSchema = z.object({
  story: z.string(),
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative(),
    tokens: z.number().int().nonnegative(),
    calls: z.number().int().nonnegative(),
  }),
});

/** See {@link leaseRequestSchema}. */
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;
