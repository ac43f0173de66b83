import { z } from 'zod';

/** Longest id of the platform that is worked with. */
const idSchema = z.string().min(1).max(256);
/** What is absent, of another kind or too long is as if it had not been said: servers of several years send several shapes. */
const word = z.string().max(300).optional().catch(undefined);
const longText = z
  .string()
  .max(1024 * 1024)
  .optional()
  .catch(undefined);

const empty = z.string().max(300).catch('').default('');

const fields = z.object({
  id: idSchema,
  title: empty,
  prompt: longText,
  description: longText,
  agent_type: word,
  type: empty,
  status: empty,
  model: word,
  model_ref: word,
  codebase_id: word,
  workspace_id: word,
  target_agent_name: word,
  worker_id: word,
  priority: z.number().catch(0).default(0),
  required_capabilities: z.array(z.string().max(100)).max(100).catch([]).default([]),
  metadata: z.record(z.string(), z.unknown()).catch({}).default({}),
});

/** A task as the platform tells of it, in an offer, in a list or by itself; each leaves out something else. */
export interface PlatformTask {
  readonly id: string;
  readonly title: string;
  /** What is to be done; empty when this account of the task leaves it out. */
  readonly prompt: string;
  /** In lower case; empty = not said. */
  readonly kind: string;
  /** `pending`, `running`, …, in lower case; empty = not said. */
  readonly status: string;
  readonly model: string | undefined;
  /** Id of the codebase or workspace; undefined = none of its own. */
  readonly codebase: string | undefined;
  readonly targetAgent: string | undefined;
  /** Who holds it, where the platform says so. */
  readonly worker: string | undefined;
  readonly priority: number;
  readonly capabilities: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Ids that mean that a task belongs to no codebase. */
const NO_CODEBASE = new Set(['', 'global', '__pending__']);

/** A task out of JSON, also wrapped as `{task: …}`; undefined for what is none. */
export function readTask(value: unknown): PlatformTask | undefined {
  const inner = isRecord(value) && isRecord(value['task']) ? value['task'] : value;
  const parsed = fields.safeParse(inner);
  if (!parsed.success) return undefined;
  const task = parsed.data;
  return {
    id: task.id,
    title: task.title,
    prompt: firstOf(task.prompt, task.description),
    kind: (task.agent_type ?? task.type).toLowerCase(),
    status: task.status.toLowerCase(),
    model: task.model_ref ?? task.model,
    codebase: codebaseOf(task.workspace_id ?? task.codebase_id),
    targetAgent: task.target_agent_name,
    worker: task.worker_id,
    priority: task.priority,
    capabilities: task.required_capabilities,
    metadata: task.metadata,
  };
}

function firstOf(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== '') ?? '';
}

/** Ids that mean that a task belongs to no codebase are none. */
function codebaseOf(id: string | undefined): string | undefined {
  return id === undefined || NO_CODEBASE.has(id) ? undefined : id;
}

/** Tasks of one answer that are looked at. */
const MOST_TASKS = 1000;

/** The tasks of a list, which is an array or `{tasks: […]}`; what is no task is left out. */
export function readTasks(body: unknown): readonly PlatformTask[] {
  const list = isRecord(body) ? body['tasks'] : body;
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_TASKS).flatMap((item) => readTask(item) ?? []);
}

/** True when the platform says that nothing more will become of the task. */
export function isOver(status: string): boolean {
  return ['completed', 'failed', 'cancelled', 'canceled'].includes(status);
}

/** A JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
