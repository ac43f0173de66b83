import { z } from 'zod';
import {
  autoApproveSchema,
  taskArtifactSchema,
  taskMessageSchema,
  taskOptionsDocument,
  taskPlaceSchema,
  taskRequestSchema,
  taskSkillSchema,
  taskStateSchema,
  type TaskArtifact,
  type TaskUpdate,
  type TaskView,
} from '../../domain/index.js';
import type { TaskEvent } from '../../client/index.js';

const id = z.string().min(1).max(256);
const { parts } = taskMessageSchema.shape;
const text = z.string().min(1).max(1_000_000);

/** What is said: a text, or parts. */
const said = {
  text: text.optional().describe('What is to be done, or the answer to a question.'),
  parts: parts.optional().describe('Instead of text, or behind it: texts, JSON, files, addresses.'),
  message_id: id
    .optional()
    .describe(
      'The same id again within 24 hours is the same message. Also the header Idempotency-Key.',
    ),
};

const hasWords = (body: {
  readonly text?: string | undefined;
  readonly parts?: unknown;
}): boolean => body.text !== undefined || body.parts !== undefined;
const NO_WORDS = { message: 'expected text or parts', path: ['text'] };

/** Body of a start. */
export const startSchema = z
  .strictObject({
    skill: taskSkillSchema,
    ...said,
    place: taskPlaceSchema.optional().describe('The repository; absent for skills that need none.'),
    model: z.string().max(200).optional().describe('PROVIDER/MODEL; absent = the default.'),
    auto_approve: autoApproveSchema.optional(),
    branch: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Branch of an earlier run to go on with.'),
    context_id: id.optional().describe('Runs of one context know what was said before.'),
    limits: z
      .strictObject({
        budget_usd: z.number().positive().optional(),
        max_turns: z.int().positive().optional(),
        max_subagents: z.int().positive().optional(),
        timeout_s: z.int().positive().optional(),
      })
      .optional(),
  })
  .refine(hasWords, NO_WORDS);

/** Body of an answer. */
export const tellSchema = z
  .strictObject({ ...said, context_id: id.optional() })
  .refine(hasWords, NO_WORDS);

/** Query of a list. */
export const listSchema = z.strictObject({
  context_id: id.optional(),
  state: taskStateSchema.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
  page_token: z.string().max(2000).optional(),
});

/** Number of an event, in a header or a query. */
export const cursorSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Number and shape of ids in paths. */
export const runIdSchema = taskRequestSchema.shape.taskId;

const artifactDocument = z.object({
  artifact_id: id,
  name: taskArtifactSchema.shape.name,
  description: taskArtifactSchema.shape.description,
  media_type: taskArtifactSchema.shape.mediaType,
  bytes: taskArtifactSchema.shape.bytes,
  text: taskArtifactSchema.shape.text,
  is_whole: z.boolean().describe('False = the whole is read at its own address.'),
});

/** A run as it is answered. */
export const runDocumentSchema = z.object({
  run_id: z.string(),
  context_id: z.string(),
  skill: z.string(),
  state: taskStateSchema,
  text: z.string().nullable(),
  at: z.string().describe('When the state was entered, ISO 8601.'),
  created_at: z.string(),
  options: z
    .record(z.string(), z.unknown())
    .describe('What it was started with: workspace or git_url, model, branch, limits …'),
  cursor: z.int().describe('Number of the newest event.'),
  history: z.array(taskMessageSchema),
  artifacts: z.array(artifactDocument),
});

/** A page of runs. */
export const runPageSchema = z.object({
  runs: z.array(runDocumentSchema),
  next_page_token: z.string().describe('Empty at the end.'),
  total_size: z.int(),
});

/** The artifacts of a run. */
export const artifactListSchema = z.object({ artifacts: z.array(artifactDocument) });

const common = { seq: z.int().positive(), at: z.string() };

/** The data of one event. */
export const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    ...common,
    state: taskStateSchema,
    text: z.string().nullable(),
    options: z.array(z.string()).optional(),
  }),
  z.object({ kind: z.literal('artifact'), ...common, artifact: artifactDocument }),
  z.object({ kind: z.literal('message'), ...common, message: taskMessageSchema }),
  z
    .object({ kind: z.literal('gap'), run: runDocumentSchema })
    .describe('Events are not there any more: go on from the run.'),
]);

/** A failure as it is answered. */
export const failureSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

/** A run of the service as a document. */
export function runDocument(view: TaskView): z.infer<typeof runDocumentSchema> {
  const { taskId, contextId, skill, state, text: words, at, createdAt, cursor, options } = view;
  return {
    run_id: taskId,
    context_id: contextId,
    skill,
    state,
    text: words,
    at,
    created_at: createdAt,
    options: options === undefined ? {} : taskOptionsDocument(options),
    cursor,
    history: [...view.history],
    artifacts: view.artifacts.map(shownArtifact),
  };
}

/** An artifact as a document. */
export function shownArtifact(artifact: TaskArtifact): z.infer<typeof artifactDocument> {
  const { artifactId, name, description, mediaType, bytes, text: part, digest } = artifact;
  return {
    artifact_id: artifactId,
    name,
    ...(description === undefined ? {} : { description }),
    media_type: mediaType,
    bytes,
    text: part,
    is_whole: digest === undefined,
  };
}

/** What a follower of the service gets, as the data of an event. */
export function eventDocument(event: TaskEvent): z.infer<typeof eventSchema> {
  return event.kind === 'gap'
    ? { kind: 'gap', run: runDocument(event.view) }
    : updateDocument(event.update);
}

function updateDocument(update: TaskUpdate): z.infer<typeof eventSchema> {
  return update.kind === 'artifact'
    ? { ...update, artifact: shownArtifact(update.artifact) }
    : update;
}
