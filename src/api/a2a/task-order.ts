import { z } from 'zod';
import type { TaskOrder } from '../../client/index.js';
import {
  autoApproveSchema,
  InvalidInputError,
  TASK_ORDER,
  type TaskMessage,
  type TaskPlace,
  type TaskSkill,
  taskSkillSchema,
} from '../../domain/index.js';

/** A name, never a path: what it stands for is in the configuration of the service. */
const workspace = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'expected the name of a workspace, not a path');

/** An address of a server; a path of this machine is none, and a password would stand in histories. */
const gitUrl = z
  .string()
  .max(2048)
  .regex(
    /^https?:\/\/[A-Za-z0-9.-]{1,253}(?::\d{1,5})?\/[^\s?#]{1,1500}$/,
    'expected https://HOST/PATH, without a name or a password',
  );

const limits = z.strictObject({
  budget_usd: z.number().positive().max(1_000_000).optional(),
  max_turns: z.int().positive().max(100_000).optional(),
  max_subagents: z.int().positive().max(1000).optional(),
  timeout_s: z.int().positive().max(31_536_000).optional(),
});

/** What metadata may say; the same names stand alone or below the URI of the extension, where unknown ones are refused. */
const orderSchema = z.strictObject({
  skill: taskSkillSchema.optional(),
  workspace: workspace.optional(),
  git_url: gitUrl.optional(),
  ref: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9][\w./-]*$/, 'expected a branch or a commit')
    .optional(),
  model: z
    .string()
    .max(200)
    .regex(/^[^/\s]+\/\S+$/, 'expected PROVIDER/MODEL')
    .optional(),
  branch: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9][\w./-]*$/, 'expected a branch')
    .optional(),
  auto_approve: autoApproveSchema.optional(),
  limits: limits.optional(),
});

/** Keys that may stand alone. */
const PLAIN = ['skill', 'workspace', 'git_url', 'ref', 'model'] as const;

type Metadata = Readonly<Record<string, unknown>> | undefined;

/**
 * What a first message asks for. Keys below the extension's URI are stronger than plain ones, those of the message than those of the
 * request. Without a skill it is `ralph` for a PRD, `code` where a repository is named, else `chat`. Throws `ERR_A2A_REQUEST`.
 */
export function taskOrder(
  message: TaskMessage,
  from: { readonly request: Metadata; readonly message: Metadata; readonly contextId: string },
): TaskOrder {
  const given = parseOrder({ ...pick(from.request), ...pick(from.message) });
  const place = placeOf(given);
  const inner = given.limits;
  return {
    origin: 'a2a',
    skill: given.skill ?? defaultSkill(message, place),
    message,
    ...(place === undefined ? {} : { place }),
    ...(from.contextId === '' ? {} : { contextId: from.contextId }),
    ...(given.model === undefined ? {} : { model: given.model }),
    ...(given.branch === undefined ? {} : { branch: given.branch }),
    ...(given.auto_approve === undefined ? {} : { autoApprove: given.auto_approve }),
    ...(inner === undefined
      ? {}
      : {
          limits: {
            budgetUsd: inner.budget_usd,
            maxTurns: inner.max_turns,
            maxSubagents: inner.max_subagents,
            timeoutS: inner.timeout_s,
          },
        }),
  };
}

function pick(metadata: Metadata): Record<string, unknown> {
  if (metadata === undefined) return {};
  const plain = Object.fromEntries(
    PLAIN.flatMap((key) => (Object.hasOwn(metadata, key) ? [[key, metadata[key]]] : [])),
  );
  const named = Object.hasOwn(metadata, TASK_ORDER) ? metadata[TASK_ORDER] : {};
  if (typeof named !== 'object' || named === null) throw wrong(TASK_ORDER, 'expected an object');
  return { ...plain, ...named };
}

function parseOrder(raw: Record<string, unknown>): z.infer<typeof orderSchema> {
  const parsed = orderSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw wrong(issue?.path.map(String).join('.') ?? '', issue?.message ?? 'malformed');
}

function placeOf(order: z.infer<typeof orderSchema>): TaskPlace | undefined {
  if (order.workspace !== undefined && order.git_url !== undefined)
    throw wrong('git_url', 'name either a workspace or a git_url');
  if (order.workspace !== undefined) return { kind: 'workspace', name: order.workspace };
  if (order.git_url === undefined) return undefined;
  return {
    kind: 'git',
    url: order.git_url,
    ...(order.ref === undefined ? {} : { ref: order.ref }),
  };
}

function defaultSkill(message: TaskMessage, place: TaskPlace | undefined): TaskSkill {
  if (message.parts.some(isPrd)) return 'ralph';
  return place === undefined ? 'chat' : 'code';
}

/** Largest file that is looked into for stories. */
const LARGEST_PRD = 1024 * 1024;

function isPrd(part: TaskMessage['parts'][number]): boolean {
  if (part.kind === 'data') return hasStories(part.data);
  if (part.kind !== 'file') return false;
  if (/(?:^|[._-])prd\.(?:json|md)$/i.test(part.name ?? '')) return true;
  const isJson = part.mediaType === 'application/json' || /\.json$/i.test(part.name ?? '');
  if (!isJson || part.bytes.length > LARGEST_PRD) return false;
  try {
    return hasStories(JSON.parse(Buffer.from(part.bytes, 'base64').toString('utf8')));
  } catch {
    return false;
  }
}

function hasStories(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['user_stories', 'userStories'].some(
    (key) => Object.hasOwn(value, key) && Array.isArray(Reflect.get(value, key)),
  );
}

function wrong(field: string, description: string): InvalidInputError {
  return new InvalidInputError('ERR_A2A_REQUEST', {
    message: `Invalid parameters: metadata ${field}: ${description}`,
    data: { fieldViolations: [{ field: `message.metadata.${field}`, description }] },
  });
}
