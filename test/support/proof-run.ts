import type { ProofInput } from '../../src/contracts/proof.js';
import type { Evidence } from '../../src/domain/proof/check.js';
import type { Trial } from '../../src/domain/proof/trial.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { fakeRef } from './fake-activities.js';

/** Input of a proof of one check. */
export const PROOF_INPUT: ProofInput = {
  runId: '01hx0000000000000000000000',
  project: 'demo',
  repository: '/repository',
  workdir: '.',
  base: { name: 'merge base with main', commit: 'b'.repeat(40) },
  head: { name: 'HEAD', commit: 'c'.repeat(40), tree: 'd'.repeat(40) },
  author: { name: 'A', email: 'a@localhost' },
  checks: [{ name: 'test', command: 'npm test', timeoutMs: 1000 }],
  setup: NO_SETUP,
  canaries: 'auto',
  allowCheckChanges: false,
  allowRedBaseline: false,
  notes: [],
  waitLimitMs: 60_000,
  hasSearchAttributes: false,
};

/** What the engine saw of the one check. */
export function checkEvidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    check: 'test',
    command: 'npm test',
    exitCode: 0,
    isTimedOut: false,
    tree: 'd'.repeat(40),
    definitions: 'story',
    output: fakeRef(5),
    durationMs: 850,
    sandbox: 'full',
    ...changes,
  };
}

/** A trial that found nothing. */
export function plainTrial(changes: Partial<Trial> = {}): Trial {
  return {
    difference: [],
    method: 'trace',
    rounds: [{ round: 'story', isGreen: true, durationMs: 850 }],
    canaries: [],
    counts: [{ check: 'test', base: 2, story: 3 }],
    suspicious: [],
    flags: [],
    reasons: [],
    ...changes,
  };
}
