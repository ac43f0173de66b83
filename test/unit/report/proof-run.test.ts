import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/domain/proof/check.js';
import type { RunRecord } from '../../../src/domain/run/ralph-run.js';
import { proofDocument, proofScreen } from '../../../src/report/proof-run.js';
import { openProofRecord, withProof } from '../../../src/workflows/proof/proof-record.js';
import { fakeProof } from '../../support/fake-activities.js';
import { checkEvidence, plainTrial, PROOF_INPUT } from '../../support/proof-run.js';

const times = { startedAt: '2026-01-02T03:04:05Z', endedAt: '2026-01-02T03:04:07Z' };

function recordOf(
  proof: Parameters<typeof withProof>[1]['proof'],
  baseline?: Partial<Baseline>,
): RunRecord {
  const { startedAt } = times;
  const open = openProofRecord(PROOF_INPUT, { workflowId: 'proof/r/1', startedAt });
  const base = { base: 'b', evidence: [], setup: null, failures: {}, ...baseline };
  return withProof({ ...open, baseline: base }, { proof, ...times });
}

const unheard = {
  check: 'test',
  kind: 'assertion' as const,
  is: 'unheard' as const,
  files: ['a.test.js'],
};

describe('proofScreen', () => {
  it('shows each check, how it was tried, and one verdict', () => {
    const trial = plainTrial();
    expect(proofScreen(recordOf(fakeProof('passed', { evidence: [checkEvidence()], trial })))).toBe(
      [
        'demo: HEAD (cccccccccc) on merge base with main (bbbbbbbbbb)',
        '  ok test (npm test): exit 0 in 850 ms',
        '  Tests that pass in test: 2 on the base, 3 now',
        'PASSED  every check passed on exactly the tree of the head',
      ].join('\n'),
    );
  });

  it('shows flags before everything else, those of the base too', () => {
    const flags = [{ code: 'own-configuration' as const, text: 'passes only with its own' }];
    const proof = fakeProof('passed', {
      evidence: [checkEvidence()],
      trial: plainTrial({ flags, counts: [] }),
    });
    expect(
      proofScreen(recordOf(proof, { cannotFail: ['lint'] }))
        .split('\n')
        .slice(1),
    ).toEqual([
      '  Flag: check lint cannot fail: on the base it stays green whatever is wrong',
      '  Flag: passes only with its own',
      '  ok test (npm test): exit 0 in 850 ms',
      '  Rounds: as it is green (850 ms)',
      'PASSED WITH FLAGS  passed, with 2 flags to look at',
    ]);
  });

  it('says why something was refused, and keeps every text of others on its line', () => {
    const proof = fakeProof('failed', {
      evidence: [checkEvidence({ check: 'test\nPASSED', command: 'x\u001b[2Jy' })],
      trial: plainTrial({ counts: [], canaries: [unheard], reasons: ['one\nPASSED', 'two'] }),
    });
    const lines = proofScreen(recordOf(proof)).split('\n');
    expect(lines.filter((line) => line.startsWith('PASSED'))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^REFUSED {2}one/);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it.each([
    [{ exitCode: 1 }, /^RED {2}red on the head, twice with the same answer: test$/],
    [{ exitCode: null, isTimedOut: true }, /^TIMED OUT {2}stopped at the time limit: test/],
    [
      { exitCode: null, absence: { kind: 'gone', why: 'no script' } },
      /^CHECK GONE {2}check test existed on the base and is gone: no script$/,
    ],
  ] as const)('has a word of its own for %j', (changes, verdict) => {
    const proof = fakeProof('failed', { evidence: [checkEvidence(changes)] });
    expect(proofScreen(recordOf(proof)).split('\n').at(-1)).toMatch(verdict);
  });

  it('says what hindered the proof', () => {
    const problem = 'Built files and caches decide what checks do: dist/a.js. Remove these files.';
    expect(
      proofScreen(recordOf(fakeProof('failed', { problem })))
        .split('\n')
        .at(-1),
    ).toBe(`REFUSED  ${problem}`);
    expect(proofScreen(recordOf(fakeProof('setup-failed', { problem: 'npm ci' })))).toContain(
      'SET-UP FAILED  the dependencies of the head could not be prepared: npm ci',
    );
  });
});

describe('proofDocument', () => {
  it('is one document in snake_case', () => {
    const trial = plainTrial();
    const record = recordOf(
      fakeProof('passed', { evidence: [checkEvidence()], trial, changedFiles: ['a.js'] }),
      { flaky: ['flaky: check test'] },
    );
    expect(proofDocument(record)).toEqual({
      run_id: PROOF_INPUT.runId,
      workflow_id: 'proof/r/1',
      kind: 'proof',
      status: 'passed',
      verdict: 'flagged',
      reason: 'passed, with 1 flag to look at',
      repository: '/repository',
      base: { name: 'merge base with main', commit: 'b'.repeat(40) },
      head: { name: 'HEAD', commit: 'c'.repeat(40) },
      sandbox: '',
      canaries: 'auto',
      checks: [
        {
          check: 'test',
          command: 'npm test',
          exit_code: 0,
          is_timed_out: false,
          is_red: false,
          is_known_failure: false,
          tree: 'd'.repeat(40),
          definitions: 'story',
          is_absent: false,
          absence: null,
          writes: [],
          duration_ms: 850,
          output_ref: expect.any(String),
        },
      ],
      base_checks: [],
      flags: [{ code: 'flaky', text: 'flaky: check test' }],
      changed_files: ['a.js'],
      changed_check_definitions: [],
      proof: expect.objectContaining({ flags: [], surface_method: 'trace' }),
      duration_ms: 2000,
      failure: null,
      notes: [],
    });
  });
});
