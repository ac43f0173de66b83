import type { Evidence } from '../../src/domain/proof/check.js';
import type { RunRecord, StoryRecord } from '../../src/domain/run/ralph-run.js';
import { RALPH_OPTIONS } from './ralph-bench.js';
import { story } from './stories.js';

/** A story's record with defaults for everything that a test does not care about. */
export function storyRecord(id: string, changes: Partial<StoryRecord> = {}): StoryRecord {
  return {
    story: story(id),
    status: 'pending',
    commit: null,
    attempts: [],
    reason: '',
    ...changes,
  };
}

/** What the engine saw when a check passed, with defaults for everything that a test does not care about. */
export function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    check: 'test',
    command: 'npm test',
    exitCode: 0,
    isTimedOut: false,
    tree: '0123456789abcdef0123456789abcdef01234567',
    definitions: 'story',
    output: { digest: 'd'.repeat(64), bytes: 3 },
    durationMs: 1500,
    sandbox: 'full',
    ...changes,
  };
}

/** A run's record with defaults for everything that a test does not care about. */
export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    runId: 'run-1',
    workflowId: 'ralph/repo-12345678/feature/work',
    kind: 'ralph',
    status: 'passed',
    reason: 'all 1 stories passed',
    project: 'demo',
    feature: 'Feature',
    prdPath: '/repo/prd.json',
    repository: '/repo',
    branch: 'feature/work',
    publishedBranch: 'feature/work',
    baseCommit: 'a'.repeat(40),
    headCommit: 'b'.repeat(40),
    options: RALPH_OPTIONS,
    checks: [],
    sandbox: 'full',
    stories: [storyRecord('US-001', { status: 'passed', commit: 'b'.repeat(40) })],
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:05:05.000Z',
    notes: [],
    failure: null,
    ...changes,
  };
}
