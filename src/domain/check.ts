import { z } from 'zod';
import { blobRefSchema } from './blob.js';

/** A command whose exit code decides: 0 passes, everything else fails. */
export const checkSchema = z.object({
  /** `typecheck`, `lint`, `test`, `build` or a name of the PRD's own. */
  name: z.string().min(1),
  /** Shell command line, run by bash in the folder of the PRD. */
  command: z.string().min(1),
  /** Time limit in milliseconds. */
  timeoutMs: z.number().int().positive(),
});

/** See {@link checkSchema}. */
export type Check = z.infer<typeof checkSchema>;

/** Order in which well-known checks run; others follow in the order of the file (design.md section 4). */
export const CHECK_ORDER: readonly string[] = ['typecheck', 'lint', 'test', 'build'];

/** Which definitions a check ran with: the story's own, or the base's where the story changed them. */
export const checkDefinitionsSchema = z.enum(['story', 'base']);

/** What the engine saw when it ran one check. The only thing that may turn a story into `passed`. */
export const evidenceSchema = z.object({
  check: z.string(),
  command: z.string(),
  /** Null when the command did not end by itself (time limit, signal). */
  exitCode: z.number().int().nullable(),
  isTimedOut: z.boolean(),
  /** Id of the git tree that was checked. */
  tree: z.string(),
  definitions: checkDefinitionsSchema,
  /** Whole output, up to the capture limit. */
  output: blobRefSchema,
  durationMs: z.number().nonnegative(),
  sandbox: z.string(),
});

/** See {@link evidenceSchema}. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** True when the check ended by itself with exit code 0. */
export function isPassing(evidence: Evidence): boolean {
  return evidence.exitCode === 0 && !evidence.isTimedOut;
}

/** The engine's verdict about one tree. */
export const proofSchema = z.object({
  verdict: z.enum(['passed', 'failed', 'no-change']),
  tree: z.string(),
  evidence: z.array(evidenceSchema),
  /** Test and check files of the base that the story changed or deleted. */
  changedDefinitions: z.array(z.string()),
  /** Files that differ from the base, at most 200. */
  changedFiles: z.array(z.string()),
  /** For the next attempt: what failed, with the end of the output; null when the story passed. */
  feedback: blobRefSchema.nullable(),
});

/** See {@link proofSchema}. */
export type Proof = z.infer<typeof proofSchema>;
