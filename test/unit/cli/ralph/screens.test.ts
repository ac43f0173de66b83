import { describe, expect, it } from 'vitest';
import { planScreen, runScreen } from '../../../../src/cli/ralph/screens.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { runDocument } from '../../../../src/report/run-document.js';
import type { RalphPlan } from '../../../../src/runs/plan/plan-run.js';
import { attemptRecord, RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';

const stories = [
  story('US-001', { passes: true }),
  story('US-002'),
  story('US-003', { dependsOn: ['US-001', 'US-002'] }),
];
const PLAN: RalphPlan = {
  workflowId: 'ralph/repo/feature/work',
  input: {
    runId: 'run-1',
    project: 'demo',
    feature: 'Feature',
    prdPath: '/repo/prd.json',
    repository: '/repo',
    workdir: '.',
    branch: 'feature/work',
    baseCommit: '0123456789abcdef0123',
    author: { name: 'Ada', email: 'ada@example.org' },
    stories,
    technicalRequirements: [],
    checks: [{ name: 'test', command: 'npm test', timeoutMs: 900_000 }],
    options: RALPH_OPTIONS,
    notes: ['commits are not signed'],
    setup: NO_SETUP,
    hasSearchAttributes: true,
  },
  order: stories.slice(1),
  absent: [],
  firstFiles: null,
  dirtyFiles: [],
  isDetached: true,
  sandbox: { level: 'full', kinds: ['own-pid-namespace', 'network-switch'], reason: '' },
};

describe('planScreen', () => {
  it('shows what would be done, where, with which limits and checks', () => {
    expect(planScreen(PLAN)).toBe(`demo: Feature
  PRD         /repo/prd.json
  repository  /repo (detached HEAD)
  base        0123456789ab
  branch      feature/work
  model       double/scripted
  limits      3 attempts a story, 9 iterations, 10 turns an agent
  author      Ada <ada@example.org>
  stories     2 to do, 1 passed already
    1. US-002 Title of US-002
    2. US-003 Title of US-003 (after US-001, US-002)
  sandbox     full
  set-up      none
  checks
    test: npm test (at most 15 min)
  note: commits are not signed
`);
  });

  it('shows how dependencies are set up and where checks come from', () => {
    const step = {
      name: 'npm ci',
      command: 'npm ci',
      folder: 'app',
      timeoutMs: 900_000,
      lockFiles: [],
    };
    const input = {
      ...PLAN.input,
      setup: {
        source: 'detected' as const,
        steps: [step, { ...step, folder: '.', timeoutMs: 30_000 }],
        copy: ['.env.test'],
        share: ['/srv/cache'],
        extraDirs: ['/srv/data'],
        network: {
          mode: 'registries' as const,
          allow: ['git.example.org'],
          allowPrivate: ['mirror.example.org'],
          variables: {},
        },
      },
      checks: [
        { name: 'test', command: 'npm test', timeoutMs: 900_000, source: 'detected' as const },
      ],
      options: { ...PLAN.input.options, allowRedBaseline: true },
    };
    expect(planScreen({ ...PLAN, input })).toContain(`
  set-up (detected by lock file)
    npm ci in app (at most 15 min)
    npm ci (at most 30 s)
    copied: .env.test
    shared: /srv/cache
    readable: /srv/data
    network: package registries, git.example.org, mirror.example.org (may be private)
  checks (those that fail now may go on failing)
    test: npm test (at most 15 min, detected)
`);
  });

  it('says plainly what a weak sandbox and an open network let through', () => {
    const step = { name: 'a', command: 'a', folder: '.', timeoutMs: 30_000, lockFiles: [] };
    const setup = { ...NO_SETUP, source: 'flag' as const, steps: [step] };
    const input = { ...PLAN.input, setup };
    const weak = { level: 'process' as const, kinds: [], reason: 'bwrap is not installed' };
    expect(planScreen({ ...PLAN, input, sandbox: weak })).toContain(`
  sandbox     process: bwrap is not installed
    commands can see other processes and read what the worker keeps in memory
    commands have the network of this machine, its loopback included
  set-up (from the command line)
    a (at most 30 s)
    network: that of this machine: this sandbox cannot hold commands back
`);
    const network = { mode: 'open' as const, allow: [], allowPrivate: [], variables: {} };
    const open = { ...input, setup: { ...setup, network } };
    expect(planScreen({ ...PLAN, input: open })).toContain(
      '    network: open: everything that this machine reaches, services on its loopback included\n',
    );
  });

  it('says plainly that nothing will be proven', () => {
    const options = { ...PLAN.input.options, noChecks: true };
    const steps = [{ type: 'file_exists' as const, path: 'x', glob: false }];
    const order = [{ ...stories[1], verificationSteps: steps } as (typeof stories)[number]];
    const screen = planScreen({ ...PLAN, order, input: { ...PLAN.input, checks: [], options } });
    expect(screen).toContain('US-002 Title of US-002 · 1 verification step\n');
    expect(screen).toContain(
      '  checks      none: stories without verification steps end as unverified\n',
    );
  });

  it('names at most ten uncommitted files', () => {
    const dirtyFiles = Array.from({ length: 12 }, (_, index) => `file-${index}.txt`);
    const lines = planScreen({ ...PLAN, dirtyFiles }).split('\n');
    const start = lines.indexOf('  not part of the run: 12 uncommitted files');
    expect(lines.slice(start + 1, start + 12)).toEqual([
      ...dirtyFiles.slice(0, 10).map((name) => `    ${name}`),
      '    …',
    ]);
  });
});

describe('runScreen', () => {
  it('has a line a story and the sums', () => {
    const record = runRecord({
      status: 'failed',
      reason: '1 of 2 stories passed',
      notes: ['a note'],
      stories: [
        storyRecord('US-001', {
          status: 'passed',
          commit: '0123456789abcdef',
          reason: 'all checks passed',
          attempts: [attemptRecord()],
        }),
        storyRecord('US-0002', {
          status: 'failed',
          reason: 'test failed',
          attempts: [attemptRecord(), attemptRecord({ number: 2 })],
        }),
      ],
    });
    expect(runScreen(record, new Date(0))).toBe(`FAILED  1 of 2 stories passed
  US-001   passed    Title of US-001 · 0123456789 · 1 attempt · 0 tokens out
  US-0002  failed    Title of US-0002 · 2 attempts · 0 tokens out · test failed
  branch  feature/work
  calls   0 model calls, 0 repeated; 0 tokens in, 0 out; cost $0.0000; 60.0 s
  run     run-1  (codetether ralph report run-1)
  note: a note
`);
  });

  it('shows what the red checks of the untouched base printed last', () => {
    const red = evidence({ check: 'test', command: 'npm test', exitCode: 1 });
    const record = runRecord({
      status: 'failed',
      reason: 'red before any change: test (npm test; exit code 1)',
      failure: { code: 'ERR_BASELINE_RED', message: 'red', exitCode: 2 },
      baseline: {
        base: 'a'.repeat(40),
        evidence: [evidence({ check: 'lint' }), red],
        setup: null,
        failures: {},
        tails: { test: 'not ok 1\n1 failed' },
      },
    });
    expect(runScreen(record, new Date(0))).toContain(
      '  last lines of test (npm test):\n    not ok 1\n    1 failed\n',
    );
    expect(runDocument(record, new Date(0))['red_base']).toEqual([
      {
        check: 'test',
        command: 'npm test',
        exit_code: 1,
        is_timed_out: false,
        output_tail: 'not ok 1\n1 failed',
      },
    ]);
  });

  it('counts the time of an open run up to now and says that nothing is committed yet', () => {
    const open = runRecord({ status: 'running', reason: '', endedAt: null, publishedBranch: null });
    const screen = runScreen(open, new Date('2026-01-02T03:04:07.500Z'));
    expect(screen).toContain('RUNNING  demo: Feature\n');
    expect(screen).toContain('  branch  feature/work (nothing committed yet)\n');
    expect(screen).toContain('; 2.5 s\n');
  });
});
