import type { ProofInput } from '../../contracts/index.js';
import {
  endOfProof,
  NO_BUDGET,
  ZERO_SPENDING,
  type AttemptRecord,
  type Proof,
  type ProofVerdict,
  type RunRecord,
  type StoryRecord,
} from '../../domain/index.js';

/** Id of the one story: what lies between base and head. */
export const PROOF_STORY = 'PROOF';

/** Verdicts that a person who merges may go by. */
const GOOD: ReadonlySet<ProofVerdict> = new Set(['passed', 'flagged']);

/** The record of a proof that begins now. Pure. */
export function openProofRecord(
  input: ProofInput,
  facts: { readonly workflowId: string; readonly startedAt: string },
): RunRecord {
  const { base, head } = input;
  return {
    version: 1,
    runId: input.runId,
    workflowId: facts.workflowId,
    kind: 'proof',
    status: 'running',
    reason: '',
    project: input.project,
    feature: `proof of ${head.name} on ${base.name}`,
    prdPath: '',
    repository: input.repository,
    branch: head.name,
    publishedBranch: null,
    baseCommit: base.commit,
    headCommit: head.commit,
    options: optionsOf(input),
    checks: input.checks,
    sandbox: '',
    stories: [openStory(input)],
    startedAt: facts.startedAt,
    endedAt: null,
    notes: input.notes,
    failure: null,
    workdir: input.workdir,
    setup: input.setup,
    baseBranch: base.name,
  };
}

/** A run without an agent: what only an agent needs is as small as it can be. */
function optionsOf(input: ProofInput): RunRecord['options'] {
  const { allowCheckChanges, allowRedBaseline, canaries, waitLimitMs } = input;
  return {
    model: { provider: 'none', model: 'none' },
    contextWindow: 1,
    maxAttempts: 1,
    maxIterations: 1,
    maxTurns: 1,
    parallel: 1,
    noChecks: false,
    budget: NO_BUDGET,
    until: null,
    allowCheckChanges,
    allowRedBaseline,
    canaries,
    waitLimitMs,
  };
}

function openStory({ base, head }: ProofInput): StoryRecord {
  const short = (commit: string): string => commit.slice(0, 10);
  return {
    story: {
      id: PROOF_STORY,
      title: `${head.name} (${short(head.commit)}) on ${base.name} (${short(base.commit)})`,
      description: '',
      acceptanceCriteria: [],
      priority: 1,
      dependsOn: [],
      complexity: 1,
      passes: false,
      verificationSteps: [],
    },
    status: 'running',
    commit: null,
    attempts: [],
    reason: '',
  };
}

/** The record with what the proof found. Pure. */
export function withProof(
  record: RunRecord,
  {
    proof,
    startedAt,
    endedAt,
  }: { readonly proof: Proof; readonly startedAt: string; readonly endedAt: string },
): RunRecord {
  const { verdict, reason } = endOfProof(proof, record.baseline);
  const isGood = GOOD.has(verdict);
  const attempt: AttemptRecord = {
    number: 1,
    outcome: isGood
      ? 'passed'
      : verdict === 'setup-failed'
        ? 'setup_failed'
        : verdict === 'no-checks'
          ? 'unverified'
          : 'checks_failed',
    reason,
    summary: '',
    learnings: [],
    evidence: proof.evidence,
    changedDefinitions: proof.changedDefinitions,
    changedFiles: proof.changedFiles,
    ...(proof.trial === undefined ? {} : { trial: proof.trial }),
    spending: ZERO_SPENDING,
    startedAt,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
  };
  return {
    ...closedProof(record, { verdict, reason, isGood, endedAt }),
    ...(verdict === 'no-checks'
      ? { failure: { code: 'ERR_NO_CHECKS', message: reason, exitCode: 2 } }
      : {}),
    stories: record.stories.map((entry) => ({
      ...entry,
      reason,
      status: isGood ? 'passed' : verdict === 'no-checks' ? 'unverified' : 'failed',
      attempts: [attempt],
    })),
  };
}

function closedProof(
  record: RunRecord,
  end: {
    readonly verdict: ProofVerdict;
    readonly reason: string;
    readonly isGood: boolean;
    readonly endedAt: string;
  },
): RunRecord {
  const { verdict, reason, isGood, endedAt } = end;
  return {
    ...record,
    status: isGood ? 'passed' : verdict === 'setup-failed' ? 'setup_failed' : 'failed',
    reason,
    endedAt,
    standstill: null,
    proofVerdict: verdict,
  };
}
