import { z } from 'zod';

/** What a task from outside may ask for; each is a kind of run. */
export const taskSkillSchema = z.enum(['code', 'ralph', 'swarm', 'rlm', 'script', 'chat']);

/** See {@link taskSkillSchema}. */
export type TaskSkill = z.infer<typeof taskSkillSchema>;

/** Where a task stands, in the words of A2A. */
export const taskStateSchema = z.enum([
  'submitted',
  'working',
  'input-required',
  'auth-required',
  'completed',
  'failed',
  'canceled',
  'rejected',
]);

/** See {@link taskStateSchema}. */
export type TaskState = z.infer<typeof taskStateSchema>;

/** True for a state that never changes again. */
export function isTerminal(state: TaskState): boolean {
  return ['completed', 'failed', 'canceled', 'rejected'].includes(state);
}

/** Most characters of base64 that one part may have: 10 MiB of bytes, as whole requests. */
const PART_LIMIT = 14 * 1024 * 1024;

const named = {
  /** Name of the file, one line, without folders. */
  name: z.string().max(255).optional(),
  mediaType: z.string().max(127).optional(),
};

/** One part of a message or of an artifact. */
export const taskPartSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().max(PART_LIMIT), ...named }),
  /** A JSON value. */
  z.object({ kind: z.literal('data'), data: z.unknown(), ...named }),
  /** Bytes in base64. */
  z.object({ kind: z.literal('file'), bytes: z.base64().max(PART_LIMIT), ...named }),
  z.object({ kind: z.literal('url'), url: z.url().max(2048), ...named }),
]);

/** See {@link taskPartSchema}. */
export type TaskPart = z.infer<typeof taskPartSchema>;

const id = z.string().min(1).max(256);

/** What somebody says to a task, or a task to them. */
export const taskMessageSchema = z.object({
  /** Chosen by whoever says it. */
  messageId: id,
  role: z.enum(['user', 'agent']),
  parts: z.array(taskPartSchema).min(1).max(100),
  /** Of the client, handed back as it is. */
  metadata: z.record(z.string(), z.unknown()).optional(),
});

/** See {@link taskMessageSchema}. */
export type TaskMessage = z.infer<typeof taskMessageSchema>;

/** The repository that a task works in: one that the configuration names, or one that is cloned. Never a path from outside. */
export const taskPlaceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('workspace'),
    /** Name of a `[workspaces.NAME]` of the configuration. */
    name: z.string().min(1).max(100),
  }),
  z.object({
    kind: z.literal('git'),
    url: z.string().min(1).max(2048),
    /** Branch or commit to begin at; absent = the remote's default branch. */
    ref: z.string().min(1).max(255).optional(),
  }),
]);

/** See {@link taskPlaceSchema}. */
export type TaskPlace = z.infer<typeof taskPlaceSchema>;

/** What of the tools a task may use without asking; see the `--auto-approve` of the platform worker. */
export const autoApproveSchema = z.enum(['all', 'safe', 'none']);

/** See {@link autoApproveSchema}. */
export type AutoApprove = z.infer<typeof autoApproveSchema>;

/** A task as it was handed in. It is written once and never changes; what became of it is told by its events. */
export const taskRequestSchema = z.object({
  version: z.literal(1),
  /** ULID in lower case; also the id of the run that works on it. */
  taskId: z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/),
  /** Tasks of one context know what was said before; see {@link taskMessageSchema}. */
  contextId: id,
  /** Who may see it: the name of a token, or of the platform. */
  owner: z.string().min(1).max(200),
  origin: z.enum(['a2a', 'rest', 'platform']),
  skill: taskSkillSchema,
  /** Absent for skills that need no repository. */
  place: taskPlaceSchema.optional(),
  /** `provider/model`; absent = the service's. */
  model: z.string().max(200).optional(),
  autoApprove: autoApproveSchema.optional(),
  /** Branch of an earlier task to go on with; absent = one of its own. */
  branch: z.string().max(255).optional(),
  /** Limits; absent = the service's. */
  limits: z
    .object({
      budgetUsd: z.number().positive().optional(),
      maxTurns: z.number().int().positive().optional(),
      maxSubagents: z.number().int().positive().optional(),
      timeoutS: z.number().int().positive().optional(),
    })
    .optional(),
  /** ISO 8601. */
  createdAt: z.string(),
  message: taskMessageSchema,
  /** The task of a platform that this is; see the platform worker. */
  platform: z.object({ server: z.string().max(2048), taskId: id }).optional(),
});

/** See {@link taskRequestSchema}. */
export type TaskRequest = z.infer<typeof taskRequestSchema>;

/** Something that a task made. Its bytes lie in the blob store under `digest` when they are many. */
export const taskArtifactSchema = z.object({
  /** Stable within the task: `patch`, `report`, `branch`, `commits`, `answer`, `rows`. */
  artifactId: id,
  name: z.string().max(255),
  description: z.string().max(2000).optional(),
  mediaType: z.string().max(127),
  /** The whole text where it is small; else its first part. */
  text: z.string().max(32_768),
  /** Bytes of the whole. */
  bytes: z.number().int().nonnegative(),
  /** Where the whole is kept; absent = `text` is the whole. */
  digest: z.string().max(128).optional(),
});

/** See {@link taskArtifactSchema}. */
export type TaskArtifact = z.infer<typeof taskArtifactSchema>;
