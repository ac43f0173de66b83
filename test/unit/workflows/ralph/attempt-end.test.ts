import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentOutcomeSchema, type AgentResult } from '../../../../src/domain/agent/agent.js';
import { isProven, proofSchema, type Proof } from '../../../../src/domain/proof/check.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { attemptOutcome, attemptReason } from '../../../../src/workflows/ralph/attempt-end.js';
import { fakeProof } from '../../../support/fake-activities.js';
import { evidence } from '../../../support/run-records.js';

const agent = (outcome: AgentResult['outcome'], reason = 'its reason'): AgentResult => ({
  outcome,
  reason,
  summary: '',
  learnings: [],
  blockers: [],
  spending: ZERO_SPENDING,
  conversation: null,
});
const verdicts = proofSchema.shape.verdict.options;

describe('attemptOutcome', () => {
  it('is proven by nothing but a proof that holds, whatever the agent says', () => {
    const anything = fc.record({
      outcome: fc.constantFrom(...agentOutcomeSchema.options),
      verdict: fc.option(fc.constantFrom(...verdicts)),
    });
    fc.assert(
      fc.property(anything, ({ outcome, verdict }) => {
        const proof = verdict === null ? null : fakeProof(verdict);
        const end = attemptOutcome(agent(outcome), proof);
        const isGood = ['passed', 'already_satisfied', 'unverified'].includes(end);
        expect(isGood).toBe(proof !== null && isProven(proof.verdict));
        expect(attemptReason(agent(outcome), proof)).not.toBe('');
      }),
    );
  });

  it('tells an agent’s own end before red checks', () => {
    for (const outcome of ['blocked', 'refused', 'stalled'] as const)
      expect(attemptOutcome(agent(outcome), fakeProof('failed'))).toBe(outcome);
    expect(attemptOutcome(agent('done'), fakeProof('failed'))).toBe('checks_failed');
    expect(attemptOutcome(agent('done'), null)).toBe('limit');
  });
});

describe('attemptReason', () => {
  const failing = (changes: Partial<Proof>) =>
    attemptReason(agent('done'), fakeProof('failed', changes));

  it('names the checks that failed, each once', () => {
    const red = evidence({ check: 'lint', exitCode: 1 });
    expect(failing({ evidence: [red, red, evidence({ check: 'test', exitCode: 2 })] })).toBe(
      'failed: lint, test',
    );
  });

  it('says when only changed definitions make the checks pass', () => {
    const base = evidence({ exitCode: 1, definitions: 'base' });
    expect(failing({ evidence: [evidence(), base], changedDefinitions: ['package.json'] })).toBe(
      'checks pass only with changed check definitions (package.json)',
    );
  });
});
