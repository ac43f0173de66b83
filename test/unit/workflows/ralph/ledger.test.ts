import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSatisfied, type Story } from '../../../../src/domain/run/story.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { type RunRecord } from '../../../../src/domain/run/ralph-run.js';
import {
  iterations,
  markStranded,
  pickStory,
  reopenStory,
  withStory,
} from '../../../../src/workflows/lib/ledger.js';
import {
  addStory,
  afterFailedAttempt,
  closeRecord,
  openRecord,
} from '../../../../src/workflows/ralph/ledger.js';
import { attemptRecord, RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';

const FACTS = { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z', sandbox: 'full' };
const ENDED = '2026-01-02T04:00:00.000Z';

function opened(stories: readonly Story[], limits: Partial<typeof RALPH_OPTIONS> = {}): RunRecord {
  return openRecord(
    {
      runId: 'run-1',
      project: 'demo',
      feature: 'Feature',
      prdPath: '/repo/prd.json',
      repository: '/repo',
      workdir: '.',
      branch: 'feature/work',
      baseCommit: 'a'.repeat(40),
      author: { name: 'Ada', email: 'ada@example.org' },
      stories: [...stories],
      technicalRequirements: [],
      checks: [],
      options: { ...RALPH_OPTIONS, ...limits },
      notes: ['a note'],
      setup: NO_SETUP,
      hasSearchAttributes: true,
    },
    FACTS,
  );
}

const failed = attemptRecord({ outcome: 'checks_failed', reason: 'test failed' });
const passed = (record: RunRecord, id: string): RunRecord =>
  withStory(record, id, (entry) => ({ ...entry, status: 'passed' }));

describe('openRecord', () => {
  it('keeps passed stories and opens the others', () => {
    const record = opened([story('A', { passes: true }), story('B')]);
    expect(record).toMatchObject({
      status: 'running',
      headCommit: 'a'.repeat(40),
      publishedBranch: null,
      notes: ['a note'],
      sandbox: 'full',
      startedAt: FACTS.startedAt,
    });
    expect(record.stories.map(({ status, reason }) => [status, reason])).toEqual([
      ['passed', 'passed in an earlier run'],
      ['pending', ''],
    ]);
  });
});

describe('afterFailedAttempt', () => {
  it('opens a story again until its attempts are used up', () => {
    let record = opened([story('A'), story('B')], { maxAttempts: 2 });
    record = afterFailedAttempt(record, 'A', failed);
    expect(record.stories[0]).toMatchObject({ status: 'pending', reason: 'test failed' });
    record = afterFailedAttempt(record, 'A', failed);
    expect(record.stories[0]).toMatchObject({ status: 'failed', attempts: [failed, failed] });
    expect(record.stories[1]).toEqual(opened([story('A'), story('B')]).stories[1]);
  });

  it('stops a blocked story at once', () => {
    const blocked = attemptRecord({ outcome: 'blocked', reason: 'no key' });
    const record = afterFailedAttempt(opened([story('A')]), 'A', blocked);
    expect(record.stories[0]).toMatchObject({ status: 'blocked', reason: 'no key' });
    expect(pickStory(record)).toBeUndefined();
  });
});

describe('markStranded', () => {
  it('says which dependency a story waits for', () => {
    const stories = [story('A'), story('B'), story('C', { dependsOn: ['A', 'B'] })];
    const blocked = attemptRecord({ outcome: 'blocked' });
    const record = markStranded(passed(afterFailedAttempt(opened(stories), 'A', blocked), 'B'));
    expect(record.stories[2]).toMatchObject({
      status: 'waiting_on_dependency',
      reason: 'waits for A',
    });
  });
});

describe('closeRecord', () => {
  it('passes only when every story did', () => {
    const record = opened([story('A', { passes: true }), story('B')]);
    expect(closeRecord(record, ENDED)).toMatchObject({
      status: 'failed',
      reason: '1 of 2 stories passed',
      endedAt: ENDED,
    });
    expect(closeRecord(passed(record, 'B'), ENDED)).toMatchObject({
      status: 'passed',
      reason: 'all 2 stories passed',
    });
  });

  it('does not pass with unverified stories, unless a run without checks was asked for', () => {
    const unverified = (limits: Partial<typeof RALPH_OPTIONS>) =>
      withStory(opened([story('A', { passes: true }), story('B')], limits), 'B', (entry) => ({
        ...entry,
        status: 'unverified',
      }));
    const reason = '1 of 2 stories passed, 1 unverified';
    expect(closeRecord(unverified({}), ENDED)).toMatchObject({ status: 'failed', reason });
    expect(closeRecord(unverified({ noChecks: true }), ENDED)).toMatchObject({
      status: 'passed',
      reason,
    });
  });

  it('names the limit of iterations when it was what stopped the run', () => {
    const record = afterFailedAttempt(opened([story('A')], { maxIterations: 1 }), 'A', failed);
    expect(pickStory(record)).toBeUndefined();
    expect(closeRecord(record, ENDED).reason).toBe(
      '0 of 1 stories passed; the limit of 1 iterations is reached',
    );
  });
});

describe('a run', () => {
  it('always ends, within its limits, and never starts a story before its dependencies', () => {
    const runs = fc.record({
      edges: fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 7 }),
      outcomes: fc.array(fc.constantFrom('passed', 'checks_failed', 'blocked', 'limit'), {
        maxLength: 30,
      }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      maxIterations: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(runs, ({ edges, outcomes, maxAttempts, maxIterations }) => {
        const stories = edges.map((targets, index) =>
          story(`S${index}`, {
            dependsOn: index === 0 ? [] : [...new Set(targets.map((edge) => `S${edge % index}`))],
          }),
        );
        let record = opened(stories, { maxAttempts, maxIterations });
        for (let next = pickStory(record), turn = 0; next !== undefined; turn += 1) {
          const { id, dependsOn } = next;
          const statusOf = (name: string) =>
            record.stories.find((entry) => entry.story.id === name)?.status ?? 'pending';
          expect(dependsOn.every((name) => isSatisfied(statusOf(name)))).toBe(true);
          const attempt = attemptRecord({ outcome: outcomes[turn] ?? 'passed' });
          record =
            attempt.outcome === 'passed'
              ? withStory(record, id, (entry) => ({
                  ...entry,
                  status: 'passed',
                  attempts: [...entry.attempts, attempt],
                }))
              : markStranded(afterFailedAttempt(record, id, attempt));
          next = pickStory(record);
        }
        const closed = closeRecord(record, ENDED);
        expect(iterations(closed)).toBeLessThanOrEqual(maxIterations);
        for (const entry of closed.stories)
          expect(entry.attempts.length).toBeLessThanOrEqual(maxAttempts);
        const isAllPassed = closed.stories.every(({ status }) => isSatisfied(status));
        expect(closed.status).toBe(isAllPassed ? 'passed' : 'failed');
      }),
    );
  });
});

describe('requests to a run', () => {
  it('keep every other story as it is, and pay for what they add', () => {
    const requests = fc.array(
      fc.record({ isNew: fc.boolean(), index: fc.nat(20), isPassed: fc.boolean() }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 3 }), (asked, maxAttempts) => {
        let record = opened([story('A'), story('B', { dependsOn: ['A'] })], { maxAttempts });
        const { maxIterations } = record.options;
        for (const { isNew, index, isPassed } of asked) {
          const before = record.stories;
          const id = before[index % before.length]?.story.id ?? '';
          record = isNew ? addStory(record, story(`N${before.length}`)) : reopenStory(record, id);
          expect(record.stories.slice(0, before.length).map((entry) => entry.story)).toEqual(
            before.map((entry) => entry.story),
          );
          const untouched = (entry: (typeof before)[number]): boolean =>
            (isNew || entry.story.id !== id) && entry.status !== 'waiting_on_dependency';
          for (const [at, entry] of before.entries())
            if (untouched(entry)) expect(record.stories[at]).toEqual(entry);
          if (isPassed) record = passed(record, id);
        }
        expect(record.options.maxIterations).toBe(maxIterations + asked.length * maxAttempts);
        expect(new Set(record.stories.map((entry) => entry.story.id)).size).toBe(
          record.stories.length,
        );
      }),
    );
  });

  it('open a story again with as many attempts as a new one, and with it what waited for it', () => {
    let record = opened([story('A'), story('B', { dependsOn: ['A'] })], { maxAttempts: 2 });
    record = withStory(record, 'A', (entry) => ({
      ...entry,
      status: 'failed',
      reason: 'test failed',
      attempts: [failed, failed],
    }));
    record = withStory(record, 'B', (entry) => ({ ...entry, status: 'waiting_on_dependency' }));
    const reopened = reopenStory(record, 'A');
    expect(
      reopened.stories.map(({ status, reason, extraAttempts }) => [status, reason, extraAttempts]),
    ).toEqual([
      ['pending', '', 2],
      ['pending', '', undefined],
    ]);
  });
});
