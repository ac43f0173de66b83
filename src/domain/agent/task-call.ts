import { z } from 'zod';

/** Arguments of `task`: work for an agent of its own. */
export const taskCallSchema = z.object({
  /** For people, one line. */
  description: z.string().trim().min(1).max(200),
  prompt: z.string().trim().min(1).max(32_000),
  /** `explore` and `plan` only read; `general` may change files; or an agent of a person by its name. */
  agent: z.string().max(64).default('explore'),
  /** Go on at once; a message says when it has ended. One that changes files works in a copy then, which is merged. */
  background: z.boolean().default(false),
});

/** See {@link taskCallSchema}. */
export type TaskCall = z.infer<typeof taskCallSchema>;

/** Agents for tasks that are built in. */
const KINDS = ['explore', 'general', 'plan'] as const;

/** Who carries out a task: a built-in agent, or one of a person of its kind. */
export interface TaskWorker {
  readonly agent: (typeof KINDS)[number];
  readonly named?: string;
}

/** An agent of a person as those see it that may start it. */
export interface KnownAgent {
  readonly name: string;
  readonly access: 'read' | 'write';
}

/** Who a task names, or what is wrong with the name. Pure. */
export function taskWorker(
  name: string,
  known: readonly KnownAgent[],
): TaskWorker | { readonly problem: string } {
  const kind = KINDS.find((one) => one === name);
  if (kind !== undefined) return { agent: kind };
  const found = known.find((agent) => agent.name === name);
  if (found !== undefined)
    return { agent: found.access === 'read' ? 'explore' : 'general', named: found.name };
  const names = [...KINDS, ...known.map((agent) => agent.name)].slice(0, 60);
  return { problem: `task: there is no agent of that name. Agents: ${names.join(', ')}.` };
}
