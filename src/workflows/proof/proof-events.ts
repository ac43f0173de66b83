import { isPassing, type Evidence, type Proof } from '../../domain/index.js';
import { checkFacts } from '../lib/check-facts.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import { PROOF_STORY } from './proof-record.js';

/** What the proof saw, one event a check and a flag, for those who watch. */
export function tellEvidence(events: EventBuffer, proof: Proof): void {
  for (const evidence of proof.evidence) {
    events.add('check.end', {
      story: PROOF_STORY,
      text: `${evidence.check}: ${describeEnd(evidence)}`,
      data: checkFacts(evidence),
    });
  }
  for (const { text } of proof.trial?.flags ?? [])
    events.add('story.note', { story: PROOF_STORY, text: `flag: ${text}` });
}

function describeEnd({ exitCode, isTimedOut, absence, ...rest }: Evidence): string {
  if (absence !== undefined) return `absent (${absence.why})`;
  if (isPassing({ exitCode, isTimedOut, ...rest })) return 'passed';
  return isTimedOut ? 'stopped at its time limit' : `failed (exit ${exitCode ?? 'none'})`;
}
