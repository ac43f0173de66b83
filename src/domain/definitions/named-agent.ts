import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import {
  MOST_RULES,
  permissionRuleSchema,
  permissionSetSchema,
  type PermissionSet,
} from './permission.js';
import { groupsOf } from './tool-names.js';

/** Bounds of agents that people write. */
export const MOST_AGENTS = {
  count: 50,
  prompt: 32_000,
  description: 1000,
  tools: 100,
  maxTurns: 1000,
} as const;

/** Names of agents: one word, so that they fit into command lines and rules. */
export const agentNameSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/** An agent that a person wrote: a Markdown file with front matter. It can do less than a built-in one, never more. */
export const namedAgentSchema = z.object({
  name: agentNameSchema,
  description: z.string().max(MOST_AGENTS.description),
  /** Path of its file, for people. */
  source: z.string().max(500),
  /** `read` = it changes nothing, which is enforced where its tools run. */
  access: z.enum(['read', 'write']),
  /** The only calls that it may make; absent = those of the built-in agent with the same access. */
  tools: z.array(permissionRuleSchema).max(MOST_AGENTS.tools).optional(),
  /** Absent = that of whoever starts it. */
  model: modelReferenceSchema.optional(),
  /** Tokens that fit into a request to that model; absent without one. */
  contextWindow: z.number().int().positive().optional(),
  /** Absent = as whoever starts it. */
  maxTurns: z.number().int().positive().max(MOST_AGENTS.maxTurns).optional(),
  permissions: permissionSetSchema.optional(),
  /** What it is told besides the engine's own rules. */
  prompt: z.string().max(MOST_AGENTS.prompt),
});

/** See {@link namedAgentSchema}. */
export type NamedAgent = z.infer<typeof namedAgentSchema>;

/** Names that are taken by agents that are built in. */
export const BUILT_IN_AGENTS: readonly string[] = [
  'answer',
  'build',
  'explore',
  'general',
  'plan',
  'rlm',
  'row',
  'story',
];

/** What every agent may call, whatever its list says: its end, its list of steps, and what only carries calls of others. */
const ALWAYS: readonly string[] = ['batch', 'story_done', 'todo_read', 'todo_write', 'use_tool'];

/** The rules that a named agent brings: its own, and its list of tools as one of them. Pure. */
export function permissionsOf({ name, source, tools, permissions }: NamedAgent): PermissionSet[] {
  const own = permissions === undefined ? [] : [permissions];
  if (tools === undefined) return own;
  const always = ALWAYS.map((tool) => ({ effect: 'allow' as const, tool }));
  const rules = [...tools, ...always];
  const where = `the tools of agent ${name}, ${source}`.slice(0, MOST_RULES.source);
  return [...own, { source: where, rules, otherwise: 'deny' }];
}

/** Names of tools that an agent with such a list is told of, of those that one of its kind is. Pure. */
export function toldTools(kindTools: readonly string[], { tools }: NamedAgent): string[] {
  if (tools === undefined) return [...kindTools];
  const isListed = (name: string): boolean =>
    tools.some(({ tool }) => tool === '*' || tool === name || groupsOf(name).includes(tool));
  return kindTools.filter((name) => isListed(name) || ALWAYS.includes(name));
}
