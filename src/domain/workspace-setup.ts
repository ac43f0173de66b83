import { z } from 'zod';

/** One command that prepares dependencies in a lane. */
export const setupStepSchema = z.object({
  /** For people, for example `npm ci`. */
  name: z.string().min(1),
  /** Shell command line, run by bash. */
  command: z.string().min(1),
  /** Folder relative to the repository, `.` for its top level. */
  folder: z.string().default('.'),
  /** Milliseconds. */
  timeoutMs: z.number().int().positive(),
  /** Files relative to the repository; set-up is repeated when one of them changes. */
  lockFiles: z.array(z.string()).default([]),
});

/** See {@link setupStepSchema}. */
export type SetupStep = z.infer<typeof setupStepSchema>;

/** How lanes get their dependencies. */
export const workspaceSetupSchema = z.object({
  /** Where the steps come from. */
  source: z.enum(['config', 'detected', 'none']),
  steps: z.array(setupStepSchema),
  /** Files and folders that git ignores, copied from the user's checkout into every lane; relative to the repository. */
  copy: z.array(z.string()).default([]),
  /** Absolute folders that set-up may write to in every lane, for example package caches. */
  share: z.array(z.string()).default([]),
  /** Absolute folders outside the repository that agents and checks may read. */
  extraDirs: z.array(z.string()).default([]),
});

/** See {@link workspaceSetupSchema}. */
export type WorkspaceSetup = z.infer<typeof workspaceSetupSchema>;

/** Set-up of a repository that needs none. */
export const NO_SETUP: WorkspaceSetup = {
  source: 'none',
  steps: [],
  copy: [],
  share: [],
  extraDirs: [],
};

/** The longest that all steps together may take, in milliseconds. */
export function setupLimit(setup: WorkspaceSetup): number {
  return setup.steps.reduce((sum, step) => sum + step.timeoutMs, 0);
}

/** What one set-up cost; kept in proofs and in the run record. */
export const setupReportSchema = z.object({
  commands: z.array(z.string()),
  /** True when an earlier set-up of the same lock files was used again. */
  isReused: z.boolean(),
  durationMs: z.number().nonnegative(),
  /** Bytes of the files that git ignores in the lane afterwards. */
  bytes: z.number().int().nonnegative(),
});

/** See {@link setupReportSchema}. */
export type SetupReport = z.infer<typeof setupReportSchema>;
