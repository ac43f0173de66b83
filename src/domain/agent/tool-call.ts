import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { hookRunSchema } from '../definitions/hook.js';
import { attachmentsSchema } from './attachment.js';
import { ruleNoteSchema } from './denial.js';
import { reachSchema } from './reach.js';

/** A tool call as the model wrote it. `arguments` stays the raw string: it is parsed at execution, never earlier. */
export const toolCallSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  arguments: z.string(),
  /** The arguments held a key, which was taken out before they were stored: the call is answered, never carried out. */
  isRedacted: z.boolean().optional(),
});

/** See {@link toolCallSchema}. */
export type ToolCall = z.infer<typeof toolCallSchema>;

/**
 * How a call is carried out: `local` = local activity (under a second), `activity` = normal activity with
 * heartbeats, `workflow` = decided inside the workflow, `invalid` = answered with an explanation.
 */
export const toolExecutionSchema = z.enum(['local', 'activity', 'workflow', 'invalid']);

/** See {@link toolExecutionSchema}. */
export type ToolExecution = z.infer<typeof toolExecutionSchema>;

/** What a tool may do to the workspace. Only `read` calls may run side by side. */
export const toolAccessSchema = z.enum(['read', 'write', 'execute']);

/** See {@link toolAccessSchema}. */
export type ToolAccess = z.infer<typeof toolAccessSchema>;

/** What the workflow needs to know of a tool call; the arguments stay in the conversation blob. */
export const toolCallSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Position in the assistant message, from 0. */
  index: z.number().int().nonnegative(),
  execution: toolExecutionSchema,
  access: toolAccessSchema,
  /** SHA-256 (16 hex characters) of name and canonical arguments, for stall detection. */
  digest: z.string(),
  /** One line for people, at most 80 characters, for example `bash: npm test`. */
  title: z.string(),
  /** Raw arguments, only for `workflow` tools and at most 32 KiB. */
  arguments: z.string().optional(),
  /** Time limit in milliseconds that the call asked for, where the tool has one. */
  timeoutMs: z.number().int().positive().optional(),
  /** Something of it goes on after its result, in the lane's background. */
  leavesRunning: z.literal(true).optional(),
  /** What a rule of a person says against it, of a tool that the workflow answers; absent = nothing, or it is asked where the tool runs. */
  ruled: ruleNoteSchema.optional(),
});

/** See {@link toolCallSummarySchema}. */
export type ToolCallSummary = z.infer<typeof toolCallSummarySchema>;

/** A file version that the model has seen: workspace-relative path and 16 hex characters of its SHA-256. */
export const seenFileSchema = z.object({ path: z.string(), hash: z.string() });

/** See {@link seenFileSchema}. */
export type SeenFile = z.infer<typeof seenFileSchema>;

/** A question that stands between a call and what it is to do. */
export const askedPersonSchema = z.object({
  /** The same for the same question, so that an answer finds it again. */
  id: z.string().max(64),
  question: z.string().max(3000),
  options: z.array(z.string().max(300)).max(10),
});

/** See {@link askedPersonSchema}. */
export type AskedPerson = z.infer<typeof askedPersonSchema>;

/** What a person answered to such a question. */
export const parkedAnswerSchema = z.object({
  id: z.string().max(64),
  answer: z.string().max(4000),
});

/** See {@link parkedAnswerSchema}. */
export type ParkedAnswer = z.infer<typeof parkedAnswerSchema>;

/** What a call started elsewhere and is not done yet: it is looked at again, by a step of its own, and holds nothing in between. */
export const continuedCallSchema = z.object({
  /** What the tool finds it by again; only the tool reads it. */
  handle: z.string().min(1).max(4000),
  /** The next look, in milliseconds from now. */
  afterMs: z.number().int().min(100).max(3_600_000),
  /** What it does, one line for people. */
  status: z.string().max(200),
});

/** See {@link continuedCallSchema}. */
export type ContinuedCall = z.infer<typeof continuedCallSchema>;

/** A further look at what a call started. */
export const callFollowUpSchema = z.object({
  handle: continuedCallSchema.shape.handle,
  /** Nobody waits for it any more: it is to be ended. */
  isLeft: z.boolean().optional(),
});

/** See {@link callFollowUpSchema}. */
export type CallFollowUp = z.infer<typeof callFollowUpSchema>;

/** The outcome of one tool call. The text for the model is behind `ref`. */
export const toolResultSchema = z.object({
  callId: z.string(),
  ref: blobRefSchema,
  /** Pictures that the call shows; absent = none. */
  attachments: attachmentsSchema.optional(),
  /** First 300 characters of the text, for events and the Temporal UI. */
  preview: z.string(),
  /** The call did not do what was asked; the text says why. Never an infrastructure fault. */
  isError: z.boolean(),
  /** Files whose present version the model now knows. */
  seen: z.array(seenFileSchema),
  /** Facts that count as progress for the stall guard: new file hashes, reads, test results. */
  progress: z.array(z.string()),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().nonnegative(),
  /** Sandbox level the call ran under; absent for tools that start no process. */
  sandbox: z.string().optional(),
  /** Name of the skill whose text it is; absent = it is none. */
  skill: z.string().max(100).optional(),
  /** It was not carried out, because a rule of a person says so; absent = it was. */
  ruled: ruleNoteSchema.optional(),
  /** Rules that calls inside it met; absent = none. */
  innerRuled: z.array(ruleNoteSchema).max(25).optional(),
  /** It, and calls inside it, that reached for what the walls keep from an agent; absent = none. */
  reaches: z.array(reachSchema).max(25).optional(),
  /** Commands of people that ran around it; absent = none. */
  hooks: z.array(hookRunSchema).max(50).optional(),
  /** What has to be asked of the person before the call can be made. */
  asks: askedPersonSchema.optional(),
  /** It goes on elsewhere; absent = this is its result. */
  continues: continuedCallSchema.optional(),
});

/** See {@link toolResultSchema}. */
export type ToolResult = z.infer<typeof toolResultSchema>;
