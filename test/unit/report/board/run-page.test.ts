import { describe, expect, it } from 'vitest';
import { boardRow, rowMatches } from '../../../../src/report/board/board-row.js';
import { reviewEffort, riskFlags, storySummary } from '../../../../src/report/board/review.js';
import { runPage } from '../../../../src/report/board/run-page.js';
import type { StoryRecord } from '../../../../src/domain/run/ralph-run.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { REPORT_OUTPUTS, reportRun } from '../../../support/report-run.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';

const NOW = new Date('2026-01-03T01:00:00.000Z');

interface Page {
  readonly stories: readonly {
    readonly id: string;
    readonly actions: readonly string[];
    readonly review: { readonly score: number };
    readonly attempts: readonly { readonly evidence: readonly { readonly output: string }[] }[];
  }[];
  readonly actions: readonly string[];
  readonly tree: unknown;
}

function page(record = reportRun(), changedLines = new Map([['US-001', 30]])): Page {
  const facts = { record, events: [], outputs: REPORT_OUTPUTS, changedLines, now: NOW };
  return runPage(facts) as unknown as Page;
}

describe('a run in the list', () => {
  it('says what it is, how far it got and what it cost', () => {
    expect(boardRow(reportRun())).toMatchObject({
      title: 'Carts & <checkout>',
      project: 'shop',
      branch: 'feature/work',
      status: 'failed',
      stories: { total: 4, satisfied: 1, running: 0, stuck: 3 },
      tokens: 22_423,
      cost_usd: 0.0072,
    });
  });

  it('is found by every word of a search, whatever their case', () => {
    const row = boardRow(reportRun({ repository: '/home/ada/Shop-Front' }));
    expect(rowMatches(row, '')).toBe(true);
    expect(rowMatches(row, ' carts  FAILED shop-front')).toBe(true);
    expect(rowMatches(row, 'carts passed')).toBe(false);
    expect(rowMatches(row, row.run_id)).toBe(true);
  });
});

describe('the page of a run', () => {
  it('has stories with attempts, evidence with its output, spending and the time', () => {
    expect(page()).toMatchObject({
      run_id: '01hx3v6m2q8w0c5r7t9y1z3b5d',
      budget: { usd: null, tokens: null, calls: null },
      models: [{ name: 'double/scripted', cost_usd: 0.0072 }],
      ledger: { wall_ms: 7_263_000, parts: [{ use: 'between', ms: 7_263_000 }] },
    });
    const [story] = page().stories;
    expect(story?.attempts).toHaveLength(2);
    expect(story?.attempts[0]?.evidence[0]?.output).toContain('<script>alert(1)</script>');
  });

  it('offers what an ended run takes: changes, and nothing once it is discarded', () => {
    expect(page().actions).toEqual([]);
    expect(page().stories.map(({ actions }) => actions)).toEqual(
      Array.from({ length: 4 }, () => ['changes']),
    );
    const gone = page(reportRun({ discardedAt: '2026-01-03T00:30:00.000Z' }));
    expect(gone.stories.every(({ actions }) => actions.length === 0)).toBe(true);
  });

  it.each([
    ['running', ['say', 'skip', 'changes']],
    ['pending', ['skip', 'changes']],
    ['blocked', ['answer', 'retry', 'skip', 'changes']],
    ['failed', ['retry', 'skip', 'changes']],
    ['passed', ['changes']],
  ] as const)('offers what an open run takes about a story that is %s', (status, actions) => {
    const open = reportRun({
      endedAt: null,
      status: 'running',
      stories: [storyRecord('A', { status })],
    });
    expect(page(open).stories[0]?.actions).toEqual(actions);
    expect(page(open).actions).toEqual(['pause', 'say', 'cancel']);
  });

  it('offers to resume what stands still', () => {
    const standstill = {
      kind: 'paused' as const,
      reason: 'x',
      since: NOW.toISOString(),
      until: null,
    };
    const open = reportRun({ endedAt: null, status: 'paused', standstill });
    expect(page(open).actions).toEqual(['resume', 'say', 'cancel']);
  });

  it('offers no changes to subtasks, and shows them as a tree', () => {
    const swarm = {
      task: 'Do it',
      strategy: 'parallel',
      traits: [{ id: 'a', agent: 'build', touches: [] }],
      answer: { ref: { digest: 'a'.repeat(64), bytes: 1 }, preview: 'Joined.' },
      isVerified: true,
    };
    const record = runRecord({
      kind: 'swarm',
      status: 'running',
      endedAt: null,
      swarm: swarm as never,
      stories: [
        storyRecord('a', { status: 'failed' }),
        storyRecord('b', { story: { ...storyRecord('b').story, dependsOn: ['a'] } }),
      ],
    });
    const shown = page(record);
    expect(shown.stories.map(({ actions }) => actions)).toEqual([['retry'], ['skip']]);
    expect(shown.tree).toMatchObject({
      answer: 'Joined.',
      subtasks: [
        { id: 'a', agent: 'build', below: null },
        { id: 'b', agent: null, below: 'a' },
      ],
    });
  });

  it('offers only to end a session, which has no stories to steer', () => {
    const record = runRecord({ kind: 'session', status: 'running', endedAt: null });
    expect(page(record)).toMatchObject({ actions: ['cancel'], tree: null });
    expect(page(record).stories[0]?.actions).toEqual([]);
  });
});

function entry(changes: Parameters<typeof attemptRecord>[0], more: Partial<StoryRecord> = {}) {
  return storyRecord('US-001', { status: 'passed', attempts: [attemptRecord(changes)], ...more });
}

describe('the effort of a review', () => {
  it('grows with lines, files, changed checks and flags', () => {
    const small = reviewEffort(entry({ changedFiles: ['a'] }), 3);
    const large = reviewEffort(entry({ changedFiles: ['a', 'b'] }), 300);
    const checks = reviewEffort(entry({ changedFiles: ['a'], changedDefinitions: ['test/a'] }), 3);
    expect(small).toEqual({ score: 13, files: 1, lines: 3, changed_checks: 0, flags: [] });
    expect(large.score).toBeGreaterThan(small.score);
    expect(checks).toMatchObject({ changed_checks: 1, flags: [expect.stringContaining('test/a')] });
    expect(checks.score).toBeGreaterThan(small.score);
  });

  it('is told without lines where nobody counted them, and is none for a story that nobody began', () => {
    expect(reviewEffort(entry({ changedFiles: ['a'] }), null)).toMatchObject({
      lines: null,
      score: 10,
    });
    expect(reviewEffort(storyRecord('US-001'), null)).toMatchObject({ score: 0, flags: [] });
  });

  it('names everything that speaks for a closer look', () => {
    const outside = {
      dependencies: ['npm left-pad'],
      migrations: ['db/1.sql'],
      ciFiles: ['.ci/run'],
      deletions: 30,
    };
    const flags = riskFlags(
      entry(
        {
          outside,
          assumptions: [{ question: 'Which?', assumed: 'this one' }],
          denials: [{ title: 'rm', rule: 'no' }],
          reaches: [{ title: 'curl', what: 'the network' }],
          evidence: [evidence({ isKnownFailure: true, exitCode: 1 })],
        } as never,
        { status: 'unverified' },
      ),
    );
    expect(flags).toEqual([
      'new dependencies: npm left-pad',
      'migrations: db/1.sql',
      'CI files: .ci/run',
      '30 deleted files',
      'assumed: Which? this one',
      '1 calls were refused by rules',
      '1 calls reached beyond the walls',
      'no check looked at it',
      'test is red, as it was on the base',
    ]);
  });
});

describe('a story on one screen', () => {
  it('says why, what was given up, and who verified it', () => {
    const [story] = reportRun().stories;
    if (story === undefined) throw new Error('there is one');
    expect(storySummary(story)).toEqual({
      why: 'Fixes #12, thanks @ada: the sum is right now.',
      dropped: ['attempt 1 (checks failed): failed: test'],
      verified_by: [
        'the engine: test (npm test), tree 0123456789',
        'the engine: test (npm test), as the base defines it, tree 0123456789',
      ],
      next_step: 'look at the diff; then merge the run, or ask for changes',
    });
  });

  it.each([
    [{ status: 'already_satisfied' }, /held before/],
    [{ status: 'blocked' }, /say what it needs/],
    [{ status: 'failed' }, /look at the evidence/],
    [{ status: 'failed', branch: 'kept' }, /merge kept by hand/],
    [{ status: 'waiting_on_dependency' }, /mend the story/],
    [{ status: 'running' }, /^wait$/],
    [{ status: 'pending' }, /^$/],
  ] as const)('says what comes next: %j', (more, words) => {
    expect(storySummary(storyRecord('US-001', more)).next_step).toMatch(words);
  });

  it('says where work lies that could not be merged', () => {
    const attempts = [attemptRecord({ outcome: 'merge_failed' })];
    const entry = storyRecord('US-001', { status: 'blocked', branch: 'kept', attempts });
    expect(storySummary(entry).next_step).toMatch(/merge kept by hand/);
  });

  it('takes a check that does not exist yet for what it is', () => {
    const absence = { kind: 'not-yet' as const, why: 'no such script' };
    const { verified_by: by } = storySummary(
      entry({ evidence: [evidence({ absence, exitCode: 1 })] }),
    );
    expect(by).toEqual(['test: no such script']);
  });
});
