import type { AttemptRecord } from '../../domain/index.js';
import type { AttemptEnd } from '../lib/ledger.js';
import { workflowTime } from '../lib/scope.js';

/** An attempt at a subtask with its end. */
export type SubtaskEnd = AttemptEnd & { readonly attempt: AttemptRecord };

/** What of an attempt at a subtask is not empty. */
type AttemptFacts = Pick<
  AttemptRecord,
  'number' | 'outcome' | 'reason' | 'spending' | 'startedAt'
> &
  Partial<Pick<AttemptRecord, 'summary' | 'changedFiles' | 'conversation'>>;

/** The record of an attempt that ends now. */
export function attemptRecord(facts: AttemptFacts): AttemptRecord {
  const endedAt = workflowTime();
  return {
    summary: '',
    learnings: [],
    evidence: [],
    changedDefinitions: [],
    changedFiles: [],
    ...facts,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(facts.startedAt)),
  };
}
