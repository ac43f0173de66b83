import { describe, expect, it } from 'vitest';
import { formatUsd } from '../../../src/report/format.js';
import { renderReport } from '../../../src/report/markdown.js';
import { REPORT_OUTPUTS, reportRun } from '../../support/report-run.js';
import { runRecord, storyRecord } from '../../support/run-records.js';

const PASSED_EXCERPT = ['```text', '…', ...[5, 6, 7, 8, 9, 10, 11, 12].map((n) => `ok ${n}`), '```']
  .map((line) => `  ${line}`)
  .join('\n');

describe('renderReport', () => {
  it('shows result, next steps, stories with evidence and outputs, and spending on one page', () => {
    const page = renderReport(reportRun({ status: 'failed' }), REPORT_OUTPUTS);
    expect(page.slice(0, page.indexOf('### US-002'))).toBe(`# shop: Carts & &lt;checkout>

**failed**: 1 of 4 stories passed.

\`\`\`bash
codetether ralph diff 01hx3v6m2q8w0c5r7t9y1z3b5d     # shows what changed
codetether ralph merge 01hx3v6m2q8w0c5r7t9y1z3b5d    # brings it to main
codetether ralph discard 01hx3v6m2q8w0c5r7t9y1z3b5d  # removes it
codetether ralph run -p PRD                          # goes on behind the passed stories
\`\`\`

## Run

- Run: \`01hx3v6m2q8w0c5r7t9y1z3b5d\`
- PRD: \`/repo/prd.json\`
- Branch: \`feature/work\`
- Kept branch: \`codetether/kept/us-002\`, US-002, not merged into the run
- Commits: \`aaaaaaaaaaaa\` to \`bbbbbbbbbbbb\`
- Model: \`double/scripted\`
- Sandbox: full
- Time: from 2026-01-02 22:04:05 UTC, 2 h 1 min
- Model calls: 8, repeated after a crash: 2
- Tokens: 21345 in (2000 cached), 1078 out
- Cost: $0.0072
- Note: commits of a run skip your hooks (pre-commit); checks take their place

## Stories

| story | status | attempts | commit | time | tokens in / out | cost |
|---|---|---|---|---|---|---|
| US-001 Add \\| sum "prices" | passed | 2 | \`bbbbbbbbbb\` | 3 min 15 s | 21345 / 1078 | $0.0072 |
| US-002 Title of US-002 | failed | 1 |  | 10 s | 0 / 0 | $0.0000 |
| US-003 Title of US-003 | waiting on dependency | 0 |  |  | 0 / 0 | $0.0000 |
| US-004 Title of US-004 | blocked | 0 |  |  | 0 / 0 | $0.0000 |

### US-001 Add | sum "prices"

passed: every check passed on the tree that is committed.

**Attempt 1 (checks failed): failed: test.**

> I tried.
> Twice.

- **failed** test: \`npm test\`, exit 1 in 2 s, tree \`0123456789\`, sandbox full

  \`\`\`\`text
  not ok 1 - adds
    ---
    expected: 3
    actual: -1
  \`\`\`
  <script>alert(1)</script>
  \`\`\`\`

Not in the commit and not there for the checks, because git ignores them: .env, dist/, 2 x node_modules

**Attempt 2 (passed): all checks passed.**

> Fixes #12, thanks @ada: the sum is right now.

- ok test: \`npm test\`, exit 0 in 2 s, tree \`0123456789\`, sandbox full

${PASSED_EXCERPT}

- ok test: \`npm test\`, exit 0 in 2 s, tree \`0123456789\`, sandbox full, with the checks of the base

${PASSED_EXCERPT}

Changed check definitions: \`test/cart.test.js\`

Changed files: \`src/cart.js\`, \`test/cart.test.js\`

Learned:

- prices are in cents

`);
    expect(page).toContain('## Checks of the base\n');
  });

  it('has no section for a story that was never tried, and no outputs that nobody has', () => {
    expect(renderReport(runRecord({ stories: [storyRecord('US-001')] }))).not.toContain('###');
    expect(renderReport(reportRun())).not.toContain('```text');
  });

  it('says what became of the run, and offers nothing once it is discarded', () => {
    const merge = {
      into: 'main',
      commit: 'c'.repeat(40),
      stories: ['US-001'],
      mode: 'rebase' as const,
      mergedAt: '2026-01-03T06:00:00.000Z',
    };
    const merged = renderReport(reportRun({ merges: [merge] }));
    expect(merged).toContain(
      'Merged into main (rebase) as cccccccccccc at 2026-01-03 06:00:00 UTC: US-001.\n',
    );
    const gone = renderReport(reportRun({ discardedAt: '2026-01-03T07:00:00.000Z' }));
    expect(gone).toContain('Discarded at 2026-01-03 07:00:00 UTC');
    expect(gone).not.toContain('codetether ralph');
  });

  it('knows a run that is open, one without a branch, and one that began on no branch', () => {
    const open = renderReport(reportRun({ status: 'running', endedAt: null }));
    expect(open).toContain('codetether attach 01hx3v6m2q8w0c5r7t9y1z3b5d');
    expect(open).toContain('still open');
    expect(renderReport(reportRun({ publishedBranch: null }))).not.toContain('ralph merge');
    expect(renderReport(reportRun({ baseBranch: null }))).toContain('--into BRANCH');
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
