import { describe, expect, it } from 'vitest';
import { renderPullRequest } from '../../../src/report/pull-request.js';
import { reportRun } from '../../support/report-run.js';

describe('renderPullRequest', () => {
  it('says what the branch brings, what is missing, and how it was checked', () => {
    expect(renderPullRequest(reportRun())).toEqual({
      title: 'Carts & <checkout>',
      body: `## Stories

- **US-001** Add | sum "prices" (bbbbbbbbbb)
  Fixes #\u200b12, thanks @\u200bada: the sum is right now.

## Not in this pull request

- US-002 Title of US-002: failed, failed: build.
- US-003 Title of US-003: waiting on dependency, waits for US-002.
- US-004 Title of US-004: blocked, no access to &lt;staging>.

## How it was checked

Each commit is exactly a tree on which these commands ended with exit code 0:

- test: \`npm test\`

**Look at these**: tests or check settings that stories changed: \`test/cart.test.js\`

Run \`01hx3v6m2q8w0c5r7t9y1z3b5d\` with double/scripted: 8 model calls, 21345 tokens in, 1078 out, cost $0.0072, 2 h 1 min.
`,
    });
  });

  it('addresses nobody and closes no issue by what a model wrote', () => {
    const { body } = renderPullRequest(reportRun());
    expect(body).not.toMatch(/[@#]\w/);
  });
});
