import type { Check } from './check.js';
import { setupLimitMs, type WorkspaceSetup } from '../workspace-setup.js';
import type { VerificationStep } from './verification.js';

/** Time limit of one shell or file step of a story, in milliseconds. */
export const STEP_TIMEOUT_MS = 15 * 60_000;
/** A server beside a url step may need this long to start and to end, beside the step's own time. */
export const SERVER_GRACE_MS = 10_000;

/** What one round of proof runs. */
export interface ProofSize {
  readonly checks: readonly Check[];
  readonly verificationSteps: readonly VerificationStep[];
  readonly setup: WorkspaceSetup;
}

/** Rounds of a proof at most: the story's, the base's, its own configuration, and as many with canaries on both sides. */
const MOST_ROUNDS = 24;

/**
 * Time that a whole proof may take, in milliseconds: every round at its limit, and in each the dependencies may have to be made
 * twice, because a check spoilt them. Workflow-safe.
 */
export function proofLimitMs({ checks, verificationSteps, setup }: ProofSize): number {
  const own = checks.reduce((sum, check) => sum + check.timeoutMs, 0);
  const steps = verificationSteps.reduce(
    (sum, step) => sum + (step.type === 'url' ? step.timeoutMs + SERVER_GRACE_MS : STEP_TIMEOUT_MS),
    0,
  );
  return MOST_ROUNDS * (own + 2 * setupLimitMs(setup)) + 3 * steps;
}
