import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { type OutputExcerpts } from '../../src/report/format.js';
import { type RunRecord } from '../../src/domain/run/ralph-run.js';
import { attemptRecord } from './ralph-bench.js';
import { evidence, runRecord, storyRecord } from './run-records.js';
import { story } from './stories.js';

const FAILED = { digest: 'e'.repeat(64), bytes: 9 };
const PASSED = { digest: 'd'.repeat(64), bytes: 9 };

/** What the checks of {@link reportRun} printed. */
export const REPORT_OUTPUTS: OutputExcerpts = new Map([
  [
    FAILED.digest,
    'not ok 1 - adds\n  ---\n  expected: 3\n  actual: -1\n```\n<script>alert(1)</script>\n',
  ],
  [PASSED.digest, Array.from({ length: 12 }, (_, index) => `ok ${index + 1}`).join('\n')],
]);

const spending = (inputTokens: number, outputTokens: number, costMicroUsd: number) => ({
  turns: 4,
  modelCalls: 4,
  repeatedModelCalls: 1,
  usage: { ...ZERO_USAGE, inputTokens, cachedInputTokens: 1000, outputTokens },
  costMicroUsd,
});

/** A run with everything that a report can show: retries, changed checks, a kept branch, notes, odd signs. */
export function reportRun(changes: Partial<RunRecord> = {}): RunRecord {
  return runRecord({
    runId: '01hx3v6m2q8w0c5r7t9y1z3b5d',
    status: 'failed',
    reason: '1 of 4 stories passed',
    project: 'shop',
    feature: 'Carts & <checkout>',
    baseBranch: 'main',
    publishedBranch: 'feature/work',
    startedAt: '2026-01-02T22:04:05.000Z',
    endedAt: '2026-01-03T00:05:08.000Z',
    notes: ['commits of a run skip your hooks (pre-commit); checks take their place'],
    baseline: { base: 'a'.repeat(40), evidence: [evidence()], setup: null, failures: {} },
    stories: [
      storyRecord('US-001', {
        story: story('US-001', {
          title: 'Add | sum "prices"',
          description: 'As a buyer, I see what my cart costs.',
          acceptanceCriteria: ['sum of an empty cart is 0', 'prices < 0 are refused'],
        }),
        status: 'passed',
        commit: 'b'.repeat(40),
        reason: 'every check passed on the tree that is committed',
        attempts: [
          attemptRecord({
            outcome: 'checks_failed',
            reason: 'failed: test',
            summary: 'I tried.\nTwice.',
            evidence: [evidence({ exitCode: 1, output: FAILED })],
            leftOut: { files: ['.env', 'dist/'], more: 0, caches: { node_modules: 2 } },
            spending: spending(12_345, 678, 4_200),
          }),
          attemptRecord({
            number: 2,
            summary: 'Fixes #12, thanks @ada: the sum is right now.',
            learnings: ['prices are in cents'],
            changedFiles: ['src/cart.js', 'test/cart.test.js'],
            changedDefinitions: ['test/cart.test.js'],
            evidence: [evidence(), evidence({ definitions: 'base' })],
            spending: spending(9_000, 400, 3_000),
            durationMs: 185_000,
          }),
        ],
      }),
      storyRecord('US-002', {
        status: 'failed',
        reason: 'failed: build',
        branch: 'codetether/kept/us-002',
        attempts: [
          attemptRecord({
            outcome: 'merge_failed',
            reason: 'conflict in src/cart.js',
            evidence: [evidence({ check: 'build', exitCode: null, isTimedOut: true })],
          }),
        ],
      }),
      storyRecord('US-003', { status: 'waiting_on_dependency', reason: 'waits for US-002' }),
      storyRecord('US-004', { status: 'blocked', reason: 'no access to <staging>' }),
    ],
    ...changes,
  });
}
