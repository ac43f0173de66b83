import { z } from 'zod';
import { hookSchema, MOST_HOOKS } from './hook.js';
import { MOST_AGENTS, namedAgentSchema } from './named-agent.js';
import { MOST_RULES, permissionSetSchema, type PermissionSet } from './permission.js';
import { MOST_SKILLS, skillSchema } from './skill.js';

/** Characters of instructions of a person's own. */
export const MOST_GUIDE = 8 * 1024;

/**
 * What people defined for agents, as it was when a run began: kept as one blob, so that a change in mid-run changes nothing. What an agent
 * is given binds everyone below it.
 */
export const definitionsSchema = z.object({
  version: z.literal(1),
  /** A call has to pass each of them. */
  permissions: z.array(permissionSetSchema).max(MOST_RULES.sets),
  agents: z.array(namedAgentSchema).max(MOST_AGENTS.count),
  skills: z.array(skillSchema).max(MOST_SKILLS.count),
  hooks: z.array(hookSchema).max(MOST_HOOKS.count),
  /** Instructions of the person's own for every agent, with where they stand. */
  guide: z.object({ path: z.string().max(500), text: z.string().max(MOST_GUIDE) }).optional(),
});

/** See {@link definitionsSchema}. */
export type Definitions = z.infer<typeof definitionsSchema>;

/** What holds where nobody defined anything. */
export const NO_DEFINITIONS: Definitions = {
  version: 1,
  permissions: [],
  agents: [],
  skills: [],
  hooks: [],
};

/** True when nobody defined anything. Pure. */
export function isUndefined({ permissions, agents, skills, hooks, guide }: Definitions): boolean {
  return (
    permissions.length + agents.length + skills.length + hooks.length === 0 && guide === undefined
  );
}

/** The definitions of an agent below another one: every set of the one above stays, and its own are added. Pure. */
export function definitionsBelow(above: Definitions, own: readonly PermissionSet[]): Definitions {
  return { ...above, permissions: mergedSets([...above.permissions, ...own]) };
}

/** Deep chains of agents bring the same sets again. */
function mergedSets(sets: readonly PermissionSet[]): PermissionSet[] {
  const seen = new Set<string>();
  return sets.filter((set) => {
    const text = JSON.stringify(set);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
