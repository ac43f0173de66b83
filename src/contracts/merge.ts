import { z } from 'zod';
import {
  checkSchema,
  evidenceSchema,
  mergeRecordSchema,
  NO_SETUP,
  workspaceSetupSchema,
} from '../domain/index.js';

const person = z.object({ name: z.string(), email: z.string() });

/** Input of `mergeRunWorkflow`: planned and validated before the workflow starts. */
export const mergeInputSchema = z.object({
  runId: z.string(),
  /** Absolute path of the person's work tree. */
  repository: z.string(),
  /** Folder where checks run, relative to the repository. */
  workdir: z.string(),
  /** Branch that gets the work. */
  into: z.string(),
  /** Where it stood when the merge was planned; a merge onto another commit is refused. */
  tip: z.string(),
  /** Commits to bring, oldest first. */
  commits: z.array(z.string()).min(1),
  /** Ids of the stories that they make. */
  stories: z.array(z.string()),
  mode: mergeRecordSchema.shape.mode,
  /** Message of the one commit of a squash. */
  squashMessage: z.string(),
  author: person,
  checks: z.array(checkSchema),
  /** Command lines of checks that existed in the run, so that they may not be absent; left out = all of them. */
  existing: z.array(z.string()).optional(),
  setup: workspaceSetupSchema.default(NO_SETUP),
});

/** See {@link mergeInputSchema}. */
export type MergeInput = z.infer<typeof mergeInputSchema>;

/** How a merge ended; only `published` changed anything in the person's repository. */
export const mergeResultSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('published'),
    commit: z.string(),
    evidence: z.array(evidenceSchema),
  }),
  z.object({ outcome: z.literal('conflict'), commit: z.string(), files: z.array(z.string()) }),
  z.object({ outcome: z.literal('checks_failed'), evidence: z.array(evidenceSchema) }),
  /** A person has to do something first. */
  z.object({
    outcome: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
  }),
  z.object({ outcome: z.literal('failed'), code: z.string(), message: z.string() }),
]);

/** See {@link mergeResultSchema}. */
export type MergeResult = z.infer<typeof mergeResultSchema>;
