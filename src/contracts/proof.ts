import { z } from 'zod';
import { canaryModeSchema, checkSchema, NO_SETUP, workspaceSetupSchema } from '../domain/index.js';

/** A commit, and what the person called it. */
const namedCommitSchema = z.object({
  /** For people, for example `merge base with origin/main`. */
  name: z.string().min(1),
  commit: z.string().min(1),
});

/** Input of `proofWorkflow`: planned and validated before the workflow starts. */
export const proofInputSchema = z.object({
  runId: z.string(),
  project: z.string(),
  /** Absolute path of the repository's top level. */
  repository: z.string(),
  /** Folder where checks run, relative to the repository. */
  workdir: z.string(),
  /** What a person approved: its tests, its definitions of the checks. */
  base: namedCommitSchema,
  /** What is proven: exactly its tree. */
  head: namedCommitSchema.extend({ tree: z.string().min(1) }),
  author: z.object({ name: z.string(), email: z.string() }),
  checks: z.array(checkSchema).min(1),
  setup: workspaceSetupSchema.default(NO_SETUP),
  canaries: canaryModeSchema,
  allowCheckChanges: z.boolean(),
  /** Checks that are red on the base may be red in the same way. */
  allowRedBaseline: z.boolean(),
  notes: z.array(z.string()),
  /** How long it waits for what does not answer, in milliseconds. */
  waitLimitMs: z.number().int().nonnegative(),
  /** False on a cluster that lacks our search attributes; the workflow then sets none. */
  hasSearchAttributes: z.boolean(),
});

/** See {@link proofInputSchema}. */
export type ProofInput = z.infer<typeof proofInputSchema>;
