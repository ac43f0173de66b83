import { describe, expect, it } from 'vitest';
import {
  describeFailure,
  describeSetupProblem,
} from '../../../../src/activities/proof/proof-feedback.js';
import type { Baseline, Evidence } from '../../../../src/domain/proof/check.js';
import { ralphBench, type RalphBench } from '../../../support/ralph-bench.js';

async function evidence(
  bench: RalphBench,
  output: string,
  changes: Partial<Evidence> = {},
): Promise<Evidence> {
  return {
    check: 'test',
    command: 'npm test',
    exitCode: 1,
    isTimedOut: false,
    tree: 't',
    definitions: 'story',
    output: await bench.dependencies.blobs.put(output),
    durationMs: 1,
    sandbox: 'none',
    ...changes,
  };
}

function describeAll(
  bench: RalphBench,
  seen: readonly Evidence[],
  changes: { readonly reasons?: string[]; readonly baseline?: Baseline } = {},
): Promise<string> {
  return describeFailure(bench.work, {
    evidence: seen,
    reasons: changes.reasons ?? [],
    baseline: changes.baseline ?? null,
    proofLane: bench.proofLane,
  });
}

describe('what the next attempt is told', () => {
  it('is what failed, with the end of its output, and nothing of what did not', async () => {
    const bench = await ralphBench();
    const text = await describeAll(bench, [
      await evidence(bench, 'all well', { check: 'lint', exitCode: 0 }),
      await evidence(bench, 'accepted', { check: 'old', isKnownFailure: true }),
      await evidence(bench, `${'x'.repeat(9000)}THE END`),
      await evidence(bench, '', { check: 'slow', exitCode: null, isTimedOut: true }),
      await evidence(bench, '', { check: 'kept', kind: 'verification', exitCode: null }),
    ]);
    expect(text).toContain('Check test: `npm test` ended with exit code 1. End of its output:\nx');
    expect(text).toContain('THE END');
    expect(text).toContain('Check slow: `npm test` did not end within its time limit');
    expect(text).toContain('Verification step kept: `npm test` ended with exit code none (killed)');
    expect(text).not.toMatch(/all well|accepted|lint|old/);
    expect(text.length).toBeLessThan(5000);
  });

  it('is how the check ran when the story changed its meaning, and why that is not enough', async () => {
    const bench = await ralphBench();
    const seen = await evidence(bench, 'no', { definitions: 'base' });
    const text = await describeAll(bench, [seen], {
      reasons: ['The checks pass only with your changes: test/a.test.ts.', 'Fewer tests pass.'],
    });
    expect(text).toContain(
      '(run with the tests and check scripts as they were before your change)',
    );
    expect(text.split('\n\n').slice(1)).toEqual([
      'The checks pass only with your changes: test/a.test.ts.',
      'Fewer tests pass.',
    ]);
  });

  it('is that a check is gone', async () => {
    const bench = await ralphBench();
    const absence = { kind: 'gone', why: 'there is no package.json' } as const;
    const text = await describeAll(bench, [await evidence(bench, 'unread', { absence })]);
    expect(text).toMatch(/^Check test is gone: `npm test`.*\(there is no package\.json\)/);
    expect(text).toMatch(/Bring it back\.$/);
  });

  it('names the failures that a red base did not have', async () => {
    const bench = await ralphBench();
    const old = await evidence(bench, 'FAIL a.test.ts\n');
    const baseline: Baseline = {
      base: bench.base,
      evidence: [old],
      setup: null,
      failures: { test: ['FAIL a.test.ts'] },
    };
    const now = await evidence(bench, 'FAIL a.test.ts\nFAIL b.test.ts\n');
    const [, fresh = ''] = (await describeAll(bench, [now], { baseline })).split(
      'These failures are new:\n',
    );
    expect(fresh).toContain('b.test.ts');
    expect(fresh).not.toContain('a.test.ts');
  });
});

describe('why dependencies could not be prepared', () => {
  it('is told with command, end of the output and what to correct', () => {
    const step = { name: 'npm ci', command: 'npm ci', folder: '.', timeoutMs: 1000, lockFiles: [] };
    const failure = {
      step,
      exitCode: 1,
      isTimedOut: false,
      isNetwork: false,
      tail: 'no such package',
    };
    const lines = describeSetupProblem(failure).split('\n');
    expect(lines[0]).toMatch(/npm ci.*End of its output:$/);
    expect(lines.slice(1)).toEqual([
      'no such package',
      'Correct the manifests and lock files so that this command succeeds on a fresh clone.',
    ]);
  });
});
