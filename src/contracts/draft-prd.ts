import { z } from 'zod';
import { agentSpendingSchema, modelReferenceSchema } from '../domain/index.js';

/** What the model is told about the repository; bounded by who collects it. */
export const repositoryOutlineSchema = z.object({
  /** Names in the top folder; folders end with a slash. */
  files: z.array(z.string()),
  /** Beginning of the README; empty when there is none. */
  readme: z.string(),
  /** Commands by which the repository is checked, as far as they are known. */
  checks: z.array(z.object({ name: z.string().min(1), command: z.string().min(1) })),
  /** Set for a repository that holds nothing to build on: checks that the first story creates; none = no language is named. */
  proposed: z
    .object({
      language: z.string().nullable(),
      checks: z.array(z.object({ name: z.string().min(1), command: z.string().min(1) })),
    })
    .optional(),
});

/** See {@link repositoryOutlineSchema}. */
export type RepositoryOutline = z.infer<typeof repositoryOutlineSchema>;

/** Input of `draftPrdWorkflow`. */
export const draftPrdInputSchema = z.object({
  model: modelReferenceSchema,
  /** What the person wants, in their words. */
  request: z.string().min(1),
  project: z.string().min(1),
  /** Name of the feature; null = the model finds one. */
  feature: z.string().min(1).nullable(),
  repository: repositoryOutlineSchema,
});

/** See {@link draftPrdInputSchema}. */
export type DraftPrdInput = z.infer<typeof draftPrdInputSchema>;

/** Result of `draftPrdWorkflow`: a valid PRD. */
export const prdDraftSchema = z.object({
  /** The file's text, JSON in codetether's format. */
  text: z.string(),
  spending: agentSpendingSchema,
});

/** See {@link prdDraftSchema}. */
export type PrdDraft = z.infer<typeof prdDraftSchema>;

/** Calls for one draft: the first, and one with the problems of the first. */
export const DRAFT_CALLS = 2;
