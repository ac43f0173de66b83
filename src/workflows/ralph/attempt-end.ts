import type { StoryInput } from '../../contracts/index.js';
import {
  isAbsent,
  isAcceptable,
  isProven,
  unansweredOf,
  type AgentResult,
  type AttemptRecord,
  type Proof,
} from '../../domain/index.js';

import { workflowTime } from '../lib/scope.js';

const REASON_LIMIT = 300;

/** The record of an attempt that ends now. */
export function recordOfAttempt(
  { input, startedAt }: { readonly input: Pick<StoryInput, 'attempt'>; readonly startedAt: string },
  { agent, proof }: { readonly agent: AgentResult; readonly proof: Proof | null },
  end: Pick<AttemptRecord, 'outcome' | 'reason'>,
): AttemptRecord {
  const endedAt = workflowTime();
  return {
    number: input.attempt,
    ...end,
    summary: agent.summary,
    learnings: agent.learnings,
    ...factsOfProof(proof),
    spending: agent.spending,
    ...unansweredOf({ ...agent, question: agent.question ?? proof?.question }),
    startedAt,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
  };
}

type ProofFacts = Pick<
  AttemptRecord,
  'evidence' | 'changedDefinitions' | 'trial' | 'changedFiles' | 'leftOut' | 'outside'
>;

function factsOfProof(proof: Proof | null): ProofFacts {
  if (proof === null) return { evidence: [], changedDefinitions: [], changedFiles: [] };
  const { evidence, changedDefinitions, trial, changedFiles, leftOut, outside } = proof;
  return {
    evidence,
    changedDefinitions,
    ...(trial === undefined ? {} : { trial }),
    changedFiles,
    ...(leftOut === undefined ? {} : { leftOut }),
    ...(outside === undefined ? {} : { outside }),
  };
}

const OUTCOME_OF_VERDICT = {
  passed: 'passed',
  'already-satisfied': 'already_satisfied',
  unverified: 'unverified',
  'setup-failed': 'setup_failed',
  'no-change': 'no_change',
  failed: 'checks_failed',
} as const satisfies Record<Proof['verdict'], AttemptRecord['outcome']>;

/** A proof that holds counts whatever the agent said; else the agent's own end explains more than the checks. Pure. */
export function attemptOutcome(agent: AgentResult, proof: Proof | null): AttemptRecord['outcome'] {
  if (proof?.question !== undefined) return 'blocked';
  if (proof !== null && isProven(proof.verdict)) return OUTCOME_OF_VERDICT[proof.verdict];
  if (agent.outcome === 'blocked' || agent.outcome === 'refused' || agent.outcome === 'stalled')
    return agent.outcome;
  if (agent.outcome === 'limit' || proof === null) return 'limit';
  return OUTCOME_OF_VERDICT[proof.verdict];
}

/** What a verdict says of itself; the others need their evidence. */
const REASONS: Readonly<Partial<Record<Proof['verdict'], string>>> = {
  passed: 'every check passed on the tree that is committed',
  'already-satisfied': 'nothing to change: every verification step and check holds already',
  unverified: 'committed without any check (--no-checks)',
  'setup-failed': 'the dependencies could not be prepared with this change',
  'no-change': 'the agent changed no file',
};

/** Why an attempt ended as it did, in one sentence. Pure. */
export function attemptReason(agent: AgentResult, proof: Proof | null): string {
  if (proof === null) return agent.reason;
  if (proof.question !== undefined)
    return `asks: ${proof.question.question}`.slice(0, REASON_LIMIT);
  const reason = reasonOf(proof);
  if (isProven(proof.verdict) && reason !== undefined) return reason;
  if (agent.outcome === 'stalled' || agent.outcome === 'limit') return agent.reason;
  return reason ?? failedChecks(proof);
}

function reasonOf(proof: Proof): string | undefined {
  const absent = proof.evidence.filter((item) => isAbsent(item) && item.definitions === 'story');
  const names = [...new Set(absent.map(({ check }) => check))].slice(0, 5).join(', ');
  if (names === '') return REASONS[proof.verdict];
  if (proof.verdict === 'passed')
    return `every check that exists passed on the tree that is committed (not yet there: ${names})`;
  return proof.verdict === 'unverified'
    ? `committed, but no check exists yet: ${names}`
    : REASONS[proof.verdict];
}

function failedChecks(proof: Proof): string {
  const gone = proof.evidence.filter(({ absence }) => absence?.kind === 'gone');
  const [first] = gone;
  if (first !== undefined)
    return `checks are gone that existed before: ${[...new Set(gone.map(({ check }) => check))].join(', ')} (${first.absence?.why ?? ''})`;
  const failed = proof.evidence
    .filter((evidence) => !isAcceptable(evidence))
    .map((evidence) => evidence.check);
  const [reason] = proof.trial?.reasons ?? [];
  if (failed.length === 0 && reason !== undefined) return reason.slice(0, REASON_LIMIT);
  const isOnlyBase = proof.evidence.every(
    (evidence) => evidence.definitions === 'base' || isAcceptable(evidence),
  );
  return isOnlyBase && proof.changedDefinitions.length > 0
    ? `checks pass only with changed check definitions (${proof.changedDefinitions.slice(0, 5).join(', ')})`
    : `failed: ${[...new Set(failed)].join(', ')}`;
}
