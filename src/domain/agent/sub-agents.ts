import { z } from 'zod';
import type { WorkspaceRef } from '../workspace.js';
import { workspaceSetupSchema } from '../workspace-setup.js';

/** Most levels of agents below the agents of a run, most agents below one of those, and most questions of one over its own past. */
export const MOST_SUB_AGENTS = { depth: 3, count: 100, recalls: 100 } as const;

/** How far an agent may hand work on. */
export const subAgentLimitsSchema = z.object({
  /** Levels of agents below it; 0 = it starts none. */
  depth: z.number().int().min(0).max(MOST_SUB_AGENTS.depth),
  /** Agents below it in all, those that its agents start included. */
  count: z.number().int().min(0).max(MOST_SUB_AGENTS.count),
  /** Questions that it may ask over its own past; absent (in older starts) = each counts as an agent. */
  recalls: z.number().int().min(0).max(MOST_SUB_AGENTS.recalls).optional(),
});

/** See {@link subAgentLimitsSchema}. */
export type SubAgentLimits = z.infer<typeof subAgentLimitsSchema>;

/** What it takes to make a lane of its own for an agent that another one starts. */
export const forkFactsSchema = z.object({
  /** Commit that the agent's own lane was laid out from. */
  base: z.string(),
  /** The newest commit whose checks were green or that a person made; absent = the base. */
  proven: z.string().optional(),
  branch: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  setup: workspaceSetupSchema,
});

/** See {@link forkFactsSchema}. */
export type ForkFacts = z.infer<typeof forkFactsSchema>;

/** Behind the name of the run's own lane: which agent below its agent the lane is for. */
const FORK_PLACE = /-t\d+(?:\.\d+)*$/;

/**
 * The lane of an agent that another one starts: beside the lane of the run's own agent, named after the numbers of the agents on
 * the way, so that no two of them share it. Pure.
 */
export function forkOf({ id, workdir }: WorkspaceRef, place: string): WorkspaceRef {
  return { id: `${id.replace(FORK_PLACE, '')}-t${place}`, workdir };
}
