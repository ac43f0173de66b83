import { z } from 'zod';
import { taskSkillSchema, type TaskSkill } from './remote-task.js';

/** What a token may be used for: tasks of one skill, looking at its own tasks, looking at every run of the home on the board, or steering them there. */
export const tokenScopeSchema = z.enum([
  'code:run',
  'ralph:run',
  'swarm:run',
  'rlm:run',
  'script:run',
  'chat:run',
  'tasks:read',
  'board:read',
  'board:steer',
]);

/** See {@link tokenScopeSchema}. */
export type TokenScope = z.infer<typeof tokenScopeSchema>;

/** The scope that tasks of a skill need. */
export function runScope(skill: TaskSkill): TokenScope {
  return `${skill}:run`;
}

/** Every scope there is; what the person at this machine has without a token. */
export const ALL_SCOPES: readonly TokenScope[] = tokenScopeSchema.options;

/** Skills in the order of the scopes. */
export const TASK_SKILLS: readonly TaskSkill[] = taskSkillSchema.options;

/** Most tokens that one service knows. */
export const MOST_TOKENS = 200;

/** A token as it is kept: never the token itself. */
export const accessTokenSchema = z.object({
  /** Tasks belong to it. */
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected lower-case letters, digits, - . _'),
  /** SHA-256 of the token, in hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(tokenScopeSchema).min(1).max(ALL_SCOPES.length),
  /** ISO 8601. */
  createdAt: z.string().max(40),
});

/** See {@link accessTokenSchema}. */
export type AccessToken = z.infer<typeof accessTokenSchema>;
