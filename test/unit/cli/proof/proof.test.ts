import { describe, expect, it } from 'vitest';
import { proofPlanScreen } from '../../../../src/cli/proof/plan-screen.js';
import { proofExitCode } from '../../../../src/cli/proof/proof.js';
import { openProofRecord } from '../../../../src/workflows/proof/proof-record.js';
import { PROOF_INPUT } from '../../../support/proof-run.js';

const open = openProofRecord(PROOF_INPUT, { workflowId: 'proof/r/1', startedAt: '' });

describe('codetether proof', () => {
  it('says how base and head were found, and what is about to run', () => {
    const sandbox = { level: 'full' as const, kinds: [], reason: '' };
    expect(proofPlanScreen({ workflowId: 'w', input: PROOF_INPUT, sandbox }).split('\n')).toEqual([
      'proof in /repository',
      '  base      merge base with main (bbbbbbbbbb)',
      '  head      HEAD (cccccccccc)',
      '  check     test: npm test (at most 1 s)',
      '  set-up    none',
      '  canaries  auto',
      '  sandbox   full',
    ]);
  });

  it.each([
    ['flagged', 'passed', false, 0],
    ['flagged', 'passed', true, 1],
    ['passed', 'passed', true, 0],
    ['refused', 'failed', false, 1],
  ] as const)('ends %s %s (strict: %s) with %i', (...[proofVerdict, status, isStrict, code]) => {
    expect(proofExitCode({ ...open, proofVerdict, status }, isStrict)).toBe(code);
  });
});
