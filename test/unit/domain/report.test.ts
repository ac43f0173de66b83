import { describe, expect, it } from 'vitest';
import { formatUsd, renderReport } from '../../../src/domain/index.js';
import { attemptRecord } from '../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../support/run-records.js';
import { story } from '../../support/stories.js';

describe('renderReport', () => {
  it('shows result, stories with evidence, and spending on one page', () => {
    const evidence = {
      check: 'test',
      command: 'npm test',
      exitCode: 1,
      isTimedOut: false,
      tree: '0123456789abcdef',
      definitions: 'base' as const,
      output: { digest: 'd'.repeat(64), bytes: 3 },
      durationMs: 5,
      sandbox: 'full',
    };
    const page = renderReport(
      runRecord({
        status: 'failed',
        reason: '0 of 1 stories passed',
        publishedBranch: null,
        notes: ['somebody moved the branch'],
        stories: [
          storyRecord('US-001', {
            story: story('US-001', { title: 'This | that' }),
            status: 'failed',
            reason: 'a check failed',
            attempts: [
              attemptRecord({
                outcome: 'checks_failed',
                reason: 'test failed',
                summary: 'I tried.',
                evidence: [evidence, { ...evidence, isTimedOut: true, definitions: 'story' }],
                changedDefinitions: ['test/a.ts'],
              }),
            ],
          }),
        ],
      }),
    );
    expect(page).toBe(`# demo: Feature

**failed**: 0 of 1 stories passed.

- Run: \`run-1\`
- Branch: \`feature/work\` (nothing published)
- Commits: \`aaaaaaaaaaaa\` to \`bbbbbbbbbbbb\`
- Model: \`double/scripted\`
- Sandbox: full
- Time: 2026-01-02T03:04:05.000Z to 2026-01-02T03:05:05.000Z
- Model calls: 0, repeated after a crash: 0
- Tokens: 0 in (0 cached), 0 out
- Cost: $0.0000
- Note: somebody moved the branch

## Stories

| story | status | attempts | commit | tokens in / out | cost |
|---|---|---|---|---|---|
| US-001 This \\| that | failed | 1 |  | 0 / 0 | $0.0000 |

### US-001 This | that

failed: a check failed.

Attempt 1: checks_failed, test failed.

I tried.

- test: \`npm test\`, exit 1, tree \`0123456789\`, base definitions
- test: \`npm test\`, timed out, tree \`0123456789\`

Changed check definitions: test/a.ts
`);
  });

  it('has no section for a story that was never tried', () => {
    expect(renderReport(runRecord({ stories: [storyRecord('US-001')] }))).not.toContain('###');
  });
});

describe('formatUsd', () => {
  it('never calls an unknown price a number', () => {
    expect([formatUsd(null), formatUsd(0), formatUsd(1.23456)]).toEqual([
      'unknown',
      '$0.0000',
      '$1.2346',
    ]);
  });
});
