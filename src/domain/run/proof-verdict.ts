import { z } from 'zod';
import { isAbsent, isAcceptable, type Baseline, type Proof } from '../proof/check.js';

/**
 * What a proof of two given trees found, in one word. `flagged` = passed, with something that a person should see. `refused` = green,
 * and not worth it. `base-red`, `no-checks`: nothing could be compared.
 */
export const proofVerdictSchema = z.enum([
  'passed',
  'flagged',
  'refused',
  'red',
  'timed-out',
  'gone',
  'no-checks',
  'setup-failed',
  'base-red',
]);

/** See {@link proofVerdictSchema}. */
export type ProofVerdict = z.infer<typeof proofVerdictSchema>;

/** A verdict and one sentence that says why. */
export interface ProofEnd {
  readonly verdict: ProofVerdict;
  readonly reason: string;
}

const REASON_LIMIT = 600;

/** What became of a proof of a given tree; what the base showed of its checks counts as flags. Pure. */
export function endOfProof(
  proof: Proof,
  baseline?: Pick<Baseline, 'cannotFail' | 'flaky'> | null,
): ProofEnd {
  const { verdict, reason } = judged(
    proof,
    (baseline?.cannotFail?.length ?? 0) + (baseline?.flaky?.length ?? 0),
  );
  return {
    verdict,
    reason: reason.length <= REASON_LIMIT ? reason : `${reason.slice(0, REASON_LIMIT - 1)}…`,
  };
}

function judged(proof: Proof, ofBase: number): ProofEnd {
  const { trial, problem, evidence } = proof;
  if (proof.verdict === 'setup-failed')
    return {
      verdict: 'setup-failed',
      reason: `the dependencies of the head could not be prepared: ${problem ?? 'see the logs'}`,
    };
  if (proof.verdict === 'unverified' || proof.verdict === 'no-change')
    return {
      verdict: 'no-checks',
      reason: `no check exists, on the base or on the head: ${names(proof, isAbsent)}`,
    };
  if (proof.verdict === 'passed') return passed((trial?.flags.length ?? 0) + ofBase);
  if (problem !== undefined) return { verdict: 'refused', reason: problem };
  return {
    verdict: 'refused',
    reason: trial?.reasons[0] ?? 'refused',
    ...redOnHead(proof, evidence),
  };
}

function passed(flags: number): ProofEnd {
  if (flags === 0)
    return { verdict: 'passed', reason: 'every check passed on exactly the tree of the head' };
  return {
    verdict: 'flagged',
    reason: `passed, with ${flags} ${flags === 1 ? 'flag' : 'flags'} to look at`,
  };
}

/** The head's own round decides when it is red; a later one explains itself by the reasons of the trial. */
function redOnHead(proof: Proof, evidence: Proof['evidence']): Partial<ProofEnd> {
  const red = evidence.filter((item) => item.definitions === 'story' && !isAcceptable(item));
  const gone = red.find(({ absence }) => absence?.kind === 'gone');
  if (gone !== undefined)
    return {
      verdict: 'gone',
      reason: `check ${gone.check} existed on the base and is gone: ${gone.absence?.why ?? ''}`,
    };
  const slow = red.filter(({ isTimedOut }) => isTimedOut).map(({ check }) => check);
  if (slow.length > 0)
    return {
      verdict: 'timed-out',
      reason: `stopped at the time limit: ${slow.join(', ')} (--timeout gives more)`,
    };
  if (red.length === 0) return {};
  return {
    verdict: 'red',
    reason: `red on the head, twice with the same answer: ${names(proof, (item) => red.includes(item))}`,
  };
}

function names(
  { evidence }: Proof,
  isWanted: (item: Proof['evidence'][number]) => boolean,
): string {
  return [...new Set(evidence.filter(isWanted).map(({ check }) => check))].join(', ');
}
