import { z } from 'zod';
import { agentNameSchema, agentSpendingSchema, modelReferenceSchema } from '../domain/index.js';
import { repositoryOutlineSchema } from './draft-prd.js';

/** Input of `draftScriptWorkflow`. */
export const draftScriptInputSchema = z.object({
  model: modelReferenceSchema,
  /** What the person wants, in their words. */
  task: z.string().min(1),
  repository: repositoryOutlineSchema,
  /** Agents of people that the script may name. */
  profiles: z.array(agentNameSchema).max(200),
});

/** See {@link draftScriptInputSchema}. */
export type DraftScriptInput = z.infer<typeof draftScriptInputSchema>;

/** Result of `draftScriptWorkflow`: a script that can run. */
export const scriptDraftSchema = z.object({ text: z.string(), spending: agentSpendingSchema });

/** See {@link scriptDraftSchema}. */
export type ScriptDraft = z.infer<typeof scriptDraftSchema>;
