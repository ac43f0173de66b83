import { openQuestionSchema } from '../agent/question.js';
import { outsideSchema } from '../definitions/outside-decisions.js';
import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { leftOutSchema } from './left-out.js';
import { setupReportSchema } from '../workspace-setup.js';
import { trialSchema } from './trial.js';

/** A command whose exit code decides: 0 passes, everything else fails. */
export const checkSchema = z.object({
  /** `typecheck`, `lint`, `test`, `build` or a name of the PRD's own. */
  name: z.string().min(1),
  /** Shell command line, run by bash in the folder of the PRD. */
  command: z.string().min(1),
  /** Time limit in milliseconds. */
  timeoutMs: z.number().int().positive(),
  /** Who named it; absent = the PRD. */
  source: z.enum(['prd', 'config', 'flag', 'detected']).optional(),
});

/** See {@link checkSchema}. */
export type Check = z.infer<typeof checkSchema>;

/** Order in which well-known checks run; others follow in the order of the file (design.md section 4). */
export const CHECK_ORDER: readonly string[] = ['typecheck', 'lint', 'test', 'build'];

/**
 * Which definitions a check ran with: the story's own, the base's where the story changed them, or the base's tests and values with
 * what the story added to the configuration.
 */
export const checkDefinitionsSchema = z.enum(['story', 'base', 'own-configuration']);

/** What the engine saw when it ran one check. The only thing that may turn a story into `passed`. */
export const evidenceSchema = z.object({
  /** Name of the check, or of a verification step of the story. */
  check: z.string(),
  /** Absent = a check of the PRD. */
  kind: z.enum(['check', 'verification']).optional(),
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
  /** Fails exactly as it did on the untouched base, and the run allows that; absent = no. */
  isKnownFailure: z.boolean().optional(),
  /**
   * These files hold nothing that the check could check: `not-yet` = nor did any before in this run, which is no failure and
   * no success; `gone` = earlier ones did, which is a failure. Left out = it exists.
   */
  absence: z.object({ kind: z.enum(['not-yet', 'gone']), why: z.string().max(300) }).optional(),
  /** Tracked files that the check changed while it ran, at most 20; absent = none. */
  writes: z.array(z.string().max(400)).max(20).optional(),
  /** Tools that found what the untouched base had built; absent = none. */
  caches: z.array(z.string().max(40)).max(20).optional(),
  /** True when other runs of the same proof went on beside it; absent = none did. */
  isBeside: z.boolean().optional(),
});

/** See {@link evidenceSchema}. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** True when the check exists and ended by itself with exit code 0. */
export function isPassing(evidence: Evidence): boolean {
  return evidence.exitCode === 0 && !evidence.isTimedOut && evidence.absence === undefined;
}

/** True for a check that did not exist so far: it neither passes nor fails. */
export function isAbsent(evidence: Evidence): boolean {
  return evidence.absence?.kind === 'not-yet';
}

/** True for a check that exists and does not pass, or that is gone. */
export function isRed(evidence: Evidence): boolean {
  return !isPassing(evidence) && !isAbsent(evidence);
}

/** True when nothing speaks against the check: it passes, is absent, or fails only as it did on a base that was allowed to be red. */
export function isAcceptable(evidence: Evidence): boolean {
  return !isRed(evidence) || evidence.isKnownFailure === true;
}

/** True when at least one check or verification step exists, so that something can be proven. */
export function provesSomething(evidence: readonly Evidence[]): boolean {
  return !evidence.every(isAbsent);
}

/** The checks on the untouched base, before the first paid call. */
export const baselineSchema = z.object({
  /** Commit that was checked. */
  base: z.string(),
  evidence: z.array(evidenceSchema),
  setup: setupReportSchema.nullable(),
  /**
   * Failures of each red check as comparable lines, by check name: with `--allow-red-baseline` a story passes when its
   * own failures are among them.
   */
  failures: z.record(z.string(), z.array(z.string())),
  /** Last lines that each red check printed, by check name; absent in old records. */
  tails: z.record(z.string(), z.string()).optional(),
  /** Names of green checks that stayed green with every canary: they cannot fail. Absent = none, or not tried. */
  cannotFail: z.array(z.string().max(200)).max(100).optional(),
  /** Checks that were red first and green when they were asked once more, in words; absent = none. */
  flaky: z.array(z.string().max(1000)).max(20).optional(),
});

/** See {@link baselineSchema}. */
export type Baseline = z.infer<typeof baselineSchema>;

/** The engine's verdict about one tree. */
export const proofSchema = z.object({
  /**
   * `already-satisfied`: nothing changed, and the story's verification steps and the checks hold on the base too.
   * `unverified`: something changed, and there is no check at all (`--no-checks`), or none exists yet. `setup-failed`: the dependencies of
   * this tree could not be prepared.
   */
  verdict: z.enum([
    'passed',
    'failed',
    'no-change',
    'already-satisfied',
    'unverified',
    'setup-failed',
  ]),
  tree: z.string(),
  evidence: z.array(evidenceSchema),
  /** Test and check files of the base that the story changed or deleted. */
  changedDefinitions: z.array(z.string()),
  /** Files that differ from the base, at most 200. */
  changedFiles: z.array(z.string()),
  /** For the next attempt: what failed, with the end of the output; null when the story passed. */
  feedback: blobRefSchema.nullable(),
  /** What preparing the dependencies of the proof lane took; absent when the repository needs none. */
  setup: setupReportSchema.optional(),
  /** What the agent's lane holds that the repository ignores; absent = nothing. */
  leftOut: leftOutSchema.optional(),
  /** What was tried to find out whether green means anything; absent = nothing, or in an older proof. */
  trial: trialSchema.optional(),
  /** Why the dependencies could not be prepared, with the end of the output; absent = they could, or in an older proof. */
  problem: z.string().max(2000).optional(),
  /** What the story decided that is not its own; absent = nothing, or in an older proof. */
  outside: outsideSchema.optional(),
  /** What a person is asked before it lands; absent = nothing. */
  question: openQuestionSchema.optional(),
});

/** True for a verdict with which a story ends well. */
export function isProven(verdict: Proof['verdict']): boolean {
  return verdict === 'passed' || verdict === 'already-satisfied' || verdict === 'unverified';
}

/** See {@link proofSchema}. */
export type Proof = z.infer<typeof proofSchema>;
