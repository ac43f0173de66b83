import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { type Config } from '../../../../src/config/config.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { repositoryKey } from '../../../../src/platform/git/repository-key.js';
import {
  planRalphRun,
  type RalphFlags,
  type RalphPlan,
} from '../../../../src/runs/plan/plan-run.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { RUN_LIMITS } from '../../../support/stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PRD = {
  project: 'demo',
  feature: 'Log in!',
  branch_name: 'feature/login',
  user_stories: [
    { id: 'US-001', title: 'One', passes: true },
    { id: 'US-002', title: 'Two', depends_on: ['US-003'] },
    { id: 'US-003', title: 'Three', priority: 2 },
  ],
  quality_checks: { test: 'git --version' },
};

async function setup(prd: object = PRD, folder = '.') {
  const repository = await userRepository({ 'README.md': '# demo\n' });
  userGit(repository, 'config', 'user.name', 'Ada');
  userGit(repository, 'config', 'user.email', 'ada@example.org');
  await mkdir(join(repository, folder), { recursive: true });
  await writeFile(join(repository, folder, 'prd.json'), JSON.stringify(prd));
  const home = await temporaryFolder();
  const config = await loadConfig({ project: home, environment: { HOME: home } });
  const plan = (
    flags: Partial<RalphFlags> = {},
    changes: Partial<Config> = {},
  ): Promise<RalphPlan> =>
    planRalphRun(
      { prd: join(folder, 'prd.json'), ...flags },
      { ...config, ...changes },
      repository,
    );
  return { repository, plan, base: userGit(repository, 'rev-parse', 'HEAD') };
}

describe('planRalphRun', () => {
  it('lays the whole run out and changes nothing', async () => {
    const { repository, plan, base } = await setup(PRD, 'app');
    const before = userGit(repository, 'status', '--porcelain');
    const planned = await plan();
    const { level, kinds, reason } = await detectSandbox();
    expect(planned).toEqual({
      workflowId: `ralph/${repositoryKey(repository)}/feature/login`,
      input: {
        runId: expect.stringMatching(/^[0-9a-z]{26}$/),
        project: 'demo',
        feature: 'Log in!',
        prdPath: join(repository, 'app/prd.json'),
        repository,
        workdir: 'app',
        branch: 'feature/login',
        baseCommit: base,
        baseBranch: 'main',
        continuesBranch: false,
        author: { name: 'Ada', email: 'ada@example.org' },
        stories: expect.any(Array),
        technicalRequirements: [],
        checks: [{ name: 'test', command: 'git --version', timeoutMs: 15 * 60_000 }],
        options: {
          model: { provider: 'moonshotai', model: 'kimi-k2.5' },
          contextWindow: 262_144,
          maxAttempts: 3,
          maxIterations: 6,
          allowCheckChanges: false,
          canaries: 'auto',
          maxTurns: 60,
          ...RUN_LIMITS,
          waitLimitMs: 12 * 3_600_000,
          subAgents: { depth: 1, count: 20, recalls: 20 },
          questions: { waitMs: 600_000, unattended: 'park' },
        },
        setup: NO_SETUP,
        notes: ['no run on record passed US-001: believed as the PRD says'],
        notify: [],
        hasSearchAttributes: true,
      },
      order: [planned.input.stories[2], planned.input.stories[1]],
      dirtyFiles: ['app/prd.json'],
      absent: [],
      firstFiles: null,
      isDetached: false,
      sandbox: { level, kinds, reason },
    });
    expect(userGit(repository, 'status', '--porcelain')).toBe(before);
    expect(userGit(repository, 'branch', '--format', '%(refname:short)')).toBe('main');
  });

  it('takes flags over the PRD and the configuration', async () => {
    const { plan } = await setup();
    const { input } = await plan(
      {
        model: 'openai/gpt-x',
        branch: 'other',
        maxAttempts: 2,
        maxIterations: 5,
        maxTurns: 7,
        allowCheckChanges: true,
        canaries: 'always',
      },
      {
        defaultModel: { reference: 'deepseek/deepseek-chat', source: 'user' },
        subAgents: { maxDepth: 3, maxCount: 100 },
        questions: { wait: null, unattended: null },
      },
    );
    expect(input.branch).toBe('other');
    expect(input.options).toEqual({
      model: { provider: 'openai', model: 'gpt-x' },
      contextWindow: 400_000,
      maxAttempts: 2,
      maxIterations: 5,
      allowCheckChanges: true,
      canaries: 'always',
      maxTurns: 7,
      ...RUN_LIMITS,
      waitLimitMs: 12 * 3_600_000,
      subAgents: { depth: 3, count: 100, recalls: 20 },
      questions: { waitMs: 600_000, unattended: 'park' },
    });
  });

  it('goes on from the tip of a branch that exists', async () => {
    const { repository, plan } = await setup();
    const tree = userGit(repository, 'rev-parse', 'HEAD^{tree}');
    const tip = userGit(repository, 'commit-tree', tree, '-p', 'HEAD', '-m', 'more');
    userGit(repository, 'branch', 'feature/login', tip);
    expect((await plan()).input).toMatchObject({ baseCommit: tip, continuesBranch: true });
  });

  it('makes a branch name of the feature where the PRD has none', async () => {
    const { plan } = await setup({ ...PRD, branch_name: undefined });
    expect((await plan()).input.branch).toBe('codetether/log-in');
  });

  it('says beforehand that a checked-out branch will not be moved', async () => {
    const { plan } = await setup();
    expect((await plan({ branch: 'main' })).input.notes.slice(0, 1)).toEqual([
      'main is checked out, so the result will be on main-run-ID; merge it when the run has ended',
    ]);
  });

  it('takes the window from the price snapshot, and says that a model ends', async () => {
    const { plan } = await setup();
    const { options, notes } = (await plan({ model: 'deepseek/deepseek-reasoner' })).input;
    expect(options.contextWindow).toBe(64_000);
    expect(notes.at(-1)).toBe(
      'deepseek/deepseek-reasoner was switched off on 2026-07-24: use deepseek/deepseek-v4-flash',
    );
    const current = await plan({ model: 'deepseek/deepseek-v4-flash' });
    expect(current.input.options.contextWindow).toBe(1_000_000);
    expect(current.input.notes.filter((note) => note.includes('switched off'))).toEqual([]);
  });

  it('uses configured checks only where the PRD names none', async () => {
    const checks = [{ name: 'lint', command: 'git diff', timeoutMs: undefined }];
    const withOwn = await setup();
    expect((await withOwn.plan({}, { checks })).input.checks.map(({ name }) => name)).toEqual([
      'test',
    ]);
    const without = await setup({ ...PRD, quality_checks: {} });
    expect((await without.plan({}, { checks })).input.checks).toEqual([
      { name: 'lint', command: 'git diff', timeoutMs: 15 * 60_000, source: 'config' },
    ]);
  });

  it('takes checks of flags instead of all others, and detects some where nobody names one', async () => {
    const { plan } = await setup();
    expect((await plan({ check: ['a=git a = b', 'b.c=git b'] })).input.checks).toEqual([
      { name: 'a', command: 'git a = b', timeoutMs: 15 * 60_000, source: 'flag' },
      { name: 'b.c', command: 'git b', timeoutMs: 15 * 60_000, source: 'flag' },
    ]);
    const without = await setup({ ...PRD, quality_checks: {} }, 'app');
    await writeFile(join(without.repository, 'Makefile'), 'test:\n\ttrue\n');
    userGit(without.repository, 'add', 'Makefile');
    userGit(without.repository, 'commit', '--quiet', '--message', 'make');
    expect((await without.plan()).input.checks).toEqual([
      { name: 'test', command: 'cd .. && make test', timeoutMs: 15 * 60_000, source: 'detected' },
    ]);
  });

  it('runs without checks only when asked to', async () => {
    const { plan } = await setup({ ...PRD, quality_checks: {} });
    const { input } = await plan({ checks: false, allowRedBaseline: true });
    expect(input.checks).toEqual([]);
    expect(input.options).toMatchObject({ noChecks: true, allowRedBaseline: true });
  });

  it('sets up by lock file, by configuration or by flag, or not at all', async () => {
    const { repository, plan } = await setup(PRD, 'app');
    await writeFile(join(repository, 'app/package.json'), '{}');
    await writeFile(join(repository, 'app/package-lock.json'), '{}');
    userGit(repository, 'add', 'app/package.json', 'app/package-lock.json');
    userGit(repository, 'commit', '--quiet', '--message', 'node');
    const step = { name: 'npm ci', command: 'npm ci', folder: 'app', timeoutMs: 15 * 60_000 };
    const lockFiles = ['app/package-lock.json', 'app/package.json'];
    expect((await plan()).input.setup).toEqual({
      ...NO_SETUP,
      source: 'detected',
      steps: [{ ...step, lockFiles }],
      caches: [{ tool: 'node', folders: ['app'] }],
      // Registries of whoever runs the tests.
      network: {
        mode: 'registries',
        allow: expect.any(Array),
        allowPrivate: [],
        variables: expect.any(Object),
      },
    });
    const own = { ...step, name: 'git a', command: 'git a', lockFiles: [] };
    expect((await plan({ setup: ['git a'] })).input.setup).toMatchObject({
      source: 'flag',
      steps: [own],
    });
    expect((await plan({ setup: false, buildCaches: false })).input.setup).toEqual(NO_SETUP);
    const workspace = { setup: ['git a'], setupTimeoutMs: 5, copy: [], share: [], extraDirs: [] };
    expect((await plan({}, { workspace })).input.setup).toMatchObject({
      source: 'config',
      steps: [{ ...own, timeoutMs: 5 }],
    });
  });

  it('keeps what builds leave on the base, as far as it is recognised and wanted', async () => {
    const { repository, plan } = await setup(PRD);
    for (const file of ['go.mod', 'ui/package.json', 'Cargo.toml', 'lib/x/Cargo.toml']) {
      await mkdir(dirname(join(repository, file)), { recursive: true });
      await writeFile(join(repository, file), '{}');
    }
    userGit(repository, 'add', '.');
    userGit(repository, 'commit', '--quiet', '--message', 'languages');
    const none = { setup: [], setupTimeoutMs: null, copy: [], share: [], extraDirs: [] };
    const cachesOf = async (...args: Parameters<typeof plan>) =>
      (await plan(...args)).input.setup.caches;
    const go = { tool: 'go', folders: ['.'] };
    const cargo = { tool: 'cargo', folders: ['.'] };
    expect(await cachesOf()).toEqual([go, cargo, { tool: 'node', folders: ['ui'] }]);
    expect(await cachesOf({}, { workspace: { ...none, caches: ['cargo'] } })).toEqual([cargo]);
    expect(await cachesOf({}, { workspace: { ...none, caches: [] } })).toBeUndefined();
    expect(await cachesOf({ buildCaches: false })).toBeUndefined();
  });

  it('does not look for programs that a set-up may bring', async () => {
    const { plan } = await setup({ ...PRD, quality_checks: { test: 'no-such-program-x' } });
    await expect(plan()).rejects.toMatchObject({ code: 'ERR_CHECK_COMMAND_MISSING' });
    expect((await plan({ setup: ['true'] })).input.checks).toHaveLength(1);
  });

  it('plans nothing when every story passed', async () => {
    const { plan } = await setup({
      ...PRD,
      user_stories: [{ id: 'US-001', title: 'One', passes: true }],
    });
    const planned = await plan();
    expect(planned.order).toEqual([]);
    expect(planned.input.options.maxIterations).toBe(1);
  });
});

describe('planRalphRun refuses', () => {
  it('a PRD without checks, naming the field', async () => {
    const { plan } = await setup({ ...PRD, quality_checks: { test: null } });
    await expect(plan()).rejects.toMatchObject({
      code: 'ERR_NO_CHECKS',
      exitCode: 2,
      where: { field: 'quality_checks' },
    });
  });

  it('checks and set-ups that cannot be meant or cannot start', async () => {
    const { repository, plan } = await setup();
    await expect(plan({ check: ['nothing'] })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      where: { field: '--check' },
    });
    await expect(plan({ check: ['a=b'], checks: false })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    await expect(plan({ setup: ['no-such-program-x'] })).rejects.toMatchObject({
      code: 'ERR_SETUP_COMMAND_MISSING',
      hint: expect.stringContaining('--no-setup'),
    });
    await expect(plan({ setup: ['if'] })).rejects.toMatchObject({ code: 'ERR_SETUP_SYNTAX' });
    const given = { setup: null, setupTimeoutMs: null, copy: [], share: [], extraDirs: [] };
    for (const [copy, reason] of [
      ['../x', 'no path inside'],
      ['README.md', 'git tracks it'],
      ['.env', 'no such file'],
    ] as const) {
      await expect(plan({}, { workspace: { ...given, copy: [copy] } })).rejects.toMatchObject({
        code: 'ERR_SETUP_COPY',
        message: expect.stringContaining(reason),
      });
    }
    for (const folder of [join(repository, 'none'), '/']) {
      await expect(
        plan({}, { workspace: { ...given, extraDirs: [folder] } }),
      ).rejects.toMatchObject({
        code: 'ERR_SETUP_FOLDER',
        where: { field: 'workspace.extra_dirs' },
      });
    }
  });

  it('a branch that git cannot hold beside another', async () => {
    const { repository, plan } = await setup();
    userGit(repository, 'branch', 'feature');
    await expect(plan()).rejects.toMatchObject({ code: 'ERR_BRANCH_CONFLICT', exitCode: 2 });
    await expect(plan({ branch: 'main/x' })).rejects.toMatchObject({ code: 'ERR_BRANCH_CONFLICT' });
  });

  it('a bad branch flag and a bad model flag', async () => {
    const { plan } = await setup();
    await expect(plan({ branch: 'a..b' })).rejects.toMatchObject({ code: 'ERR_BRANCH_INVALID' });
    await expect(plan({ model: 'kimi' })).rejects.toMatchObject({
      code: 'ERR_MODEL_REFERENCE_INVALID',
    });
    await expect(plan({ model: 'nope/x' })).rejects.toMatchObject({ code: 'ERR_PROVIDER_UNKNOWN' });
  });
});
