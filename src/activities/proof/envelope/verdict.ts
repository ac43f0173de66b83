import {
  NO_ENVELOPE,
  outsideHits,
  outsideQuestion,
  type Envelope,
  type Outside,
  type Proof,
} from '../../../domain/index.js';

/** What of a proof's request decides about decisions outside of the story. */
interface EnvelopeRequest {
  readonly envelope?: Envelope | undefined;
  readonly granted?: readonly string[] | undefined;
}

/** What stands against the decisions of a story, in words; empty = nothing. Pure. */
export function hitsIn(
  { envelope = NO_ENVELOPE, granted = [] }: EnvelopeRequest,
  outside: Outside | undefined,
  decision: 'deny' | 'park',
): string[] {
  return outside === undefined ? [] : outsideHits(outside, envelope, { decision, granted });
}

/** The proof with what the story decided; what is green waits for a person where the envelope says so. Pure. */
export function withOutside(
  proof: Proof,
  outside: Outside | undefined,
  parked: readonly string[],
): Proof {
  if (outside === undefined) return proof;
  const isGreen = proof.verdict === 'passed' || proof.verdict === 'unverified';
  if (!isGreen || parked.length === 0) return { ...proof, outside };
  return { ...proof, outside, verdict: 'failed', question: outsideQuestion(parked) };
}
