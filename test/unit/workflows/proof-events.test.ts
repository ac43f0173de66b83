import { describe, expect, it } from 'vitest';
import type { Evidence, Proof } from '../../../src/domain/proof/check.js';
import type { EventBuffer } from '../../../src/workflows/lib/event-buffer.js';
import { checkFacts } from '../../../src/workflows/lib/check-facts.js';
import { tellEvidence } from '../../../src/workflows/proof/proof-events.js';

const evidence = (changes: Partial<Evidence>): Evidence => ({
  check: 'test',
  command: 'npm test',
  exitCode: 0,
  isTimedOut: false,
  tree: 't',
  definitions: 'story',
  output: { digest: 'd'.repeat(64), bytes: 0 },
  durationMs: 1,
  sandbox: 'full',
  ...changes,
});

describe('events of a proof', () => {
  it('name each check with its end, then each flag', () => {
    const told: [string, string][] = [];
    const add = (kind: string, { text }: { readonly text: string }): void => {
      told.push([kind, text]);
    };
    const trial = { flags: [{ code: 'no-canary' as const, text: 'no canary: check lint' }] };
    const proof = {
      evidence: [
        evidence({}),
        evidence({ check: 'lint', exitCode: 2 }),
        evidence({ check: 'slow', exitCode: null, isTimedOut: true }),
        evidence({ check: 'new', exitCode: null, absence: { kind: 'not-yet', why: 'no script' } }),
      ],
      trial,
    };
    tellEvidence({ add } as unknown as EventBuffer, proof as unknown as Proof);
    expect(told).toEqual([
      ['check.end', 'test: passed'],
      ['check.end', 'lint: failed (exit 2)'],
      ['check.end', 'slow: stopped at its time limit'],
      ['check.end', 'new: absent (no script)'],
      ['story.note', 'flag: no canary: check lint'],
    ]);
  });

  it('tell programs what was checked, and how it ended', () => {
    expect(checkFacts(evidence({ exitCode: 2, isKnownFailure: true }))).toEqual({
      check: 'test',
      exit_code: 2,
      is_known_failure: true,
      is_absent: false,
      tree: 't',
      definitions: 'story',
      duration_ms: 1,
    });
  });
});
