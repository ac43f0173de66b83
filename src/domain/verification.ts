import { z } from 'zod';

const name = z.string().min(1).optional();

/** A command whose exit code must be 0, and what else must be true when it has ended. */
export const shellStepSchema = z.object({
  type: z.literal('shell'),
  name,
  /** Shell command line, run by bash. */
  command: z.string().min(1),
  /** Folder relative to the PRD's; default the PRD's folder. */
  cwd: z.string().optional(),
  /** Each must be part of the output. */
  expectOutputContains: z.array(z.string()).default([]),
  /** Each pattern must match at least one file when the command has ended. */
  expectFilesGlob: z.array(z.string()).default([]),
});

/** A file that must exist. */
export const fileExistsStepSchema = z.object({
  type: z.literal('file_exists'),
  name,
  /** Relative to the PRD's folder. */
  path: z.string().min(1),
  /** `path` is a pattern that must match at least one file. */
  glob: z.boolean().default(false),
});

/** An address that must answer, asked from inside the sandbox of the checks (its own loopback only). */
export const urlStepSchema = z.object({
  type: z.literal('url'),
  name,
  url: z.url(),
  method: z.string().default('GET'),
  expectStatus: z.number().int().default(200),
  expectBodyContains: z.array(z.string()).default([]),
  /** Milliseconds. */
  timeoutMs: z.number().int().positive().default(30_000),
});

/** One step by which a story is verified, besides the checks of the PRD (facts: codetether.md section 4). */
export const verificationStepSchema = z.discriminatedUnion('type', [
  shellStepSchema,
  fileExistsStepSchema,
  urlStepSchema,
]);

/** See {@link verificationStepSchema}. */
export type VerificationStep = z.infer<typeof verificationStepSchema>;
