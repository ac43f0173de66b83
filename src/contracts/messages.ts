import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import {
  agentSpendingSchema,
  budgetSchema,
  storySchema,
  type AgentSpending,
  type RunRecord,
  type Todo,
} from '../domain/index.js';

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

/** Argument of `answerStory`: what the agent of a story asks, or what a blocked one needs; and of `requestChanges`: what is to be changed. */
export const answerRequestSchema = z.object({
  story: z.string().min(1),
  text: z.string().min(1).max(8000),
  /** Which question is meant: `data.call` of the event that asked; absent = whatever is open. Refused when another one is open. */
  call: z.string().max(200).optional(),
});

/** See {@link resumeRequestSchema}. */
export type ResumeRequest = z.infer<typeof resumeRequestSchema>;

/** Argument of `messageAgent`: what the agent is told before its next model call. */
export const agentMessageSchema = z.object({
  text: z.string().min(1).max(8000),
  /** Who says it; absent = a person. */
  from: z.enum(['person', 'starter']).optional(),
  /** The call whose question it answers: dropped where that waits no more. Absent = a word for whatever is next. */
  call: z.string().max(200).optional(),
});

/** Argument of `grantLease`: what is added to the lease. */
export const leaseGrantSchema = z.object({ added: budgetSchema });

/** Argument of `agentStandstill`: why a story's agent waits, or null when it works again; and what it has spent so far. */
export const standstillSchema = z.object({
  story: z.string(),
  /** Id of the workflow that holds the lease; absent in words of earlier versions, where the story's name is its key. */
  holder: z.string().optional(),
  standstill: z
    .object({
      reason: z.string(),
      /** Next try; null = when somebody resumes the run. */
      until: z.string().nullable(),
      /** True when a person has to mend something; absent = time does it. */
      isPaused: z.boolean().optional(),
      /** Of the failure that is waited out; absent = there was none, or of an earlier version. */
      code: z.string().max(100).optional(),
    })
    .nullable(),
  spending: agentSpendingSchema.optional(),
  /** What has become of a question of its own; absent = this report is about something else. */
  question: z.enum(['open', 'answered', 'unanswered']).optional(),
  /** The call whose question is open; absent = unknown. */
  ask: z.string().max(200).optional(),
});

/** See {@link standstillSchema}. */
export type StandstillReport = z.infer<typeof standstillSchema>;

/** Argument of `requestLease`: what the next call needs at least, beyond what the lease holds. */
export const leaseRequestSchema = z.object({
  story: z.string(),
  /** See {@link standstillSchema}. */
  holder: z.string().optional(),
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative(),
    tokens: z.number().int().nonnegative(),
    calls: z.number().int().nonnegative(),
  }),
  /** True while somebody below the asking one works and may give some back: nobody has to mend anything then. Absent = no. */
  canWait: z.boolean().optional(),
});

/** See {@link leaseRequestSchema}. */
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

/** What {@link agentStatusQuery} answers. */
export interface AgentStatus {
  readonly spending: AgentSpending;
  readonly todos: readonly Todo[];
  readonly contextTokens: number;
  /** It makes no further model call until the run goes on. */
  readonly isPaused: boolean;
}

/** The present {@link RunRecord} of a run, bounded. */
export const runStatusQuery = defineQuery<RunRecord>('runStatus');

/** See {@link AgentStatus}. */
export const agentStatusQuery = defineQuery<AgentStatus>('agentStatus');

/** What people may ask of an open run. Each answers with one sentence; handlers parse what comes. */
export const RUN_UPDATES = {
  pause: defineUpdate<string, [unknown], 'pauseRun'>('pauseRun'),
  resume: defineUpdate<string, [unknown], 'resumeRun'>('resumeRun'),
  skip: defineUpdate<string, [unknown], 'skipStory'>('skipStory'),
  retry: defineUpdate<string, [unknown], 'retryStory'>('retryStory'),
  add: defineUpdate<string, [unknown], 'addStory'>('addStory'),
  answer: defineUpdate<string, [unknown], 'answerStory'>('answerStory'),
  message: defineUpdate<string, [unknown], 'messageSubtask'>('messageSubtask'),
  changes: defineUpdate<string, [unknown], 'requestChanges'>('requestChanges'),
} as const;

/** Signals down the tree, from a run to its stories and from a story to its agent. */
export const AGENT_SIGNALS = {
  /** No further model call until `resumeAgent`. */
  pause: defineSignal<[], 'pauseAgent'>('pauseAgent'),
  resume: defineSignal<[], 'resumeAgent'>('resumeAgent'),
  /** More of the budget; see {@link leaseGrantSchema}. */
  grant: defineSignal<[unknown], 'grantLease'>('grantLease'),
  /** A word of a person; see {@link agentMessageSchema}. */
  message: defineSignal<[unknown], 'messageAgent'>('messageAgent'),
  /** A waiting agent tries again at once. */
  tryNow: defineSignal<[], 'tryNow'>('tryNow'),
} as const;

/** A command of ours is about to cancel the run: what is cancelled without it, somebody else cancelled. */
export const stopSignal = defineSignal<[], 'stopRun'>('stopRun');

/** Up the tree: a child waits, works again, or tells what it spent. See {@link standstillSchema}. */
export const standstillSignal = defineSignal<[unknown], 'agentStandstill'>('agentStandstill');

/** Up the tree: a child needs more budget. See {@link leaseRequestSchema}. */
export const leaseRequestSignal = defineSignal<[unknown], 'requestLease'>('requestLease');

/** What each query, update and signal means, by its name: Temporal's command line prints it. */
export const MESSAGE_DESCRIPTIONS: Readonly<Record<string, string>> = {
  runStatus: 'The record of the run as it is now.',
  agentStatus: 'Turns, tokens and cost of the agent, and its to-do list.',
  pauseRun: 'Pause: {"reason": ""}. Agents stop before their next model call, and no story begins.',
  resumeRun:
    'Go on: {}. With "budget" {"costMicroUsd", "tokens", "calls"} or "until" (ISO 8601) the limits change too.',
  skipStory: 'Leave a story out: {"story": "US-001"}. One that is worked on is stopped.',
  retryStory: 'Open a story again that failed, is blocked or was skipped: {"story": "US-001"}.',
  addStory: 'Add a story: {"story": {...}} in the shape of the PRD.',
  answerStory:
    'Answer what a story asks, or tell a blocked one what it needs: {"story": "US-001", "text": "..."}.',
  messageSubtask:
    'Tell the agent of a story or subtask something: {"story": "api", "text": "..."}.',
  requestChanges:
    'Opens a story again, also one that passed, with what is to be changed: {"story": "US-001", "text": "..."}.',
  tellTask: 'Says something to a task from outside: the answer to what it asks.',
  sayToSession:
    'Says something in a session: {"messageId", "prompt", "title", "model", "contextWindow", "git"}. The same messageId again is the same prompt.',
  rewindSession:
    'Goes on behind an earlier turn: {"messageId", "to": 2, "what": "conversation" | "files" | "both"}.',
  stopRun: 'Says that a command of CodeTether cancels the run; cancels nothing by itself.',
  pauseAgent: 'No further model call until resumeAgent.',
  resumeAgent: 'Ends pauseAgent.',
  messageAgent: 'A word to the agent, told before its next model call: {"text": "..."}.',
  grantLease:
    'Adds to the budget: {"added": {"costMicroUsd", "tokens", "calls"}}; null = no limit.',
  tryNow: 'Try again at once what waits for a network, a provider, a key or a disk.',
  agentStandstill: 'From an agent to its run: why it waits, and what it has spent.',
  requestLease: 'From an agent to its run: what its next call needs beyond its lease.',
};
