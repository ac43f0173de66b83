import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBaseline } from '../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../src/activities/proof/prove-story.js';
import { prepareRun } from '../../src/activities/workspace/prepare-run.js';
import type { Baseline, Check, Proof } from '../../src/domain/proof/check.js';
import { endOfProof, type ProofEnd } from '../../src/domain/run/proof-verdict.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { existingChecks } from '../../src/domain/run/existing-checks.js';
import { openWorkspace } from '../../src/platform/workspace/workspace.js';
import { ralphDependencies, userGit, userRepository } from '../support/ralph-bench.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Files = Readonly<Record<string, string | null>>;

interface Case {
  readonly base: Readonly<Record<string, string>>;
  /** What the head changes; null removes. */
  readonly head: Files;
  readonly command: string;
  readonly timeoutMs?: number;
  readonly setup?: string;
  /** From the second run on in files with this path, there is a file `luck`. */
  readonly luckWith?: string;
}

interface Found {
  readonly proof: Proof;
  readonly baseline: Baseline;
  readonly end: ProofEnd;
  readonly headTree: string;
}

/** As the workflow does it: clone and lanes, the base, then exactly the tree of the head. */
async function prove(given: Case): Promise<Found> {
  const repository = await userRepository(given.base);
  const base = userGit(repository, 'rev-parse', 'HEAD');
  // on no branch, as a pull request of a forge is checked out
  userGit(repository, 'checkout', '--quiet', '--detach');
  for (const [path, content] of Object.entries(given.head)) {
    const file = join(repository, path);
    await mkdir(dirname(file), { recursive: true });
    await (content === null ? rm(file) : writeFile(file, content));
  }
  userGit(repository, 'add', '--all', '--force');
  userGit(repository, 'commit', '--quiet', '--message', 'head');
  const head = userGit(repository, 'rev-parse', 'HEAD');
  const headTree = userGit(repository, 'rev-parse', 'HEAD^{tree}');
  userGit(repository, 'checkout', '--quiet', 'main');
  const dependencies = await ralphDependencies(await temporaryFolder());
  const heartbeat = { progress: (): void => undefined, stop: (): void => undefined };
  const work = { dependencies, heartbeat, signal: new AbortController().signal };
  const { lane, proofLane } = await prepareRun(dependencies, {
    runId: 'run-1',
    repository,
    workdir: '.',
    prdPath: '',
    baseCommit: base,
    commits: [base, head],
  });
  const { root } = await openWorkspace(dependencies.home, proofLane);
  if (given.luckWith !== undefined) heartbeat.progress = accident(root, given.luckWith);
  const { command, timeoutMs = 20_000 } = given;
  const checks: Check[] = [{ name: 'test', command, timeoutMs }];
  const setup = setupOf(given.setup);
  const key = { scope: `proof ${head}`, step: 1, index: 0 };
  const shared = { proofLane, checks, setup, base, canaries: 'auto' as const };
  const baseline = await checkBaseline(work, { key, ...shared });
  const proof = await proveStory(work, {
    key: { ...key, step: 2 },
    ...shared,
    lane,
    approved: base,
    tree: headTree,
    statePaths: [],
    allowCheckChanges: false,
    existing: existingChecks({ baseline, stories: [] }),
  });
  return { proof, baseline, headTree, end: endOfProof(proof, baseline) };
}

/** The heartbeat tells just before a command starts. */
function accident(root: string, path: string): () => void {
  let runs = 0;
  return () => {
    if (!existsSync(join(root, path))) return;
    runs += 1;
    if (runs > 1) writeFileSync(join(root, 'luck'), '');
  };
}

function setupOf(command: string | undefined) {
  if (command === undefined) return NO_SETUP;
  const step = { name: 'build', command, folder: '.', timeoutMs: 20_000, lockFiles: [] };
  return { ...NO_SETUP, source: 'flag' as const, steps: [step] };
}

const ADD = 'exports.add = (a, b) => a + b;\n';
const test = (sum: number) =>
  `const { test } = require('node:test');\nconst assert = require('node:assert');\ntest('adds', () => assert.strictEqual(require('../src/add.js').add(1, 2), ${sum}));\n`;
const BASE = {
  'package.json': '{"name":"demo","version":"1.0.0","scripts":{"test":"node --test"}}\n',
  'src/add.js': ADD,
  'test/add.test.js': test(3),
};
const OTHER_ADD = { 'src/add.js': 'exports.add = (a, b) => b + a;\n' };

describe('the proof of a given tree', () => {
  it('is about exactly that tree, also of a commit that no branch holds', async () => {
    const { proof, headTree, end } = await prove({
      base: BASE,
      head: OTHER_ADD,
      command: 'npm test',
    });
    expect({ tree: proof.tree, files: proof.changedFiles, verdict: end.verdict }).toEqual({
      tree: headTree,
      files: ['src/add.js'],
      verdict: 'passed',
    });
    expect(proof.evidence.map(({ tree }) => tree)).toEqual([headTree]);
  });

  it('refuses built files instead of dropping them', async () => {
    const head = { ...OTHER_ADD, 'node_modules/.bin/node': '#!/bin/sh\n' };
    const { proof, end } = await prove({ base: BASE, head, command: 'npm test' });
    expect({ evidence: proof.evidence, end }).toEqual({
      evidence: [],
      end: {
        verdict: 'refused',
        reason:
          'Remove these files: node_modules/.bin/node. Tools make them, and use them without looking at the sources again, so that no check could tell what is in them.',
      },
    });
  });

  it('refuses a test that was changed to fit the code', async () => {
    const head = { 'src/add.js': 'exports.add = () => 4;\n', 'test/add.test.js': test(4) };
    const { end } = await prove({ base: BASE, head, command: 'npm test' });
    expect(end).toEqual({
      verdict: 'refused',
      reason: expect.stringContaining('test/add.test.js'),
    });
  });

  it('is red where the head is', async () => {
    const head = { 'src/add.js': 'exports.add = () => 4;\n' };
    const { end } = await prove({ base: BASE, head, command: 'npm test' });
    expect(end).toEqual({
      verdict: 'red',
      reason: 'red on the head, twice with the same answer: test',
    });
  });

  it('names a check that gives two answers about the same files, and passes', async () => {
    const { proof, end } = await prove({
      base: BASE,
      head: { 'src/new.js': '' },
      command: 'test ! -e src/new.js || test -e luck',
      luckWith: 'src/new.js',
    });
    expect(proof.trial?.flags.map(({ code }) => code)).toContain('flaky');
    expect(end.verdict).toBe('flagged');
  });

  it('names one that does so on the base', async () => {
    const { baseline, end } = await prove({
      base: BASE,
      head: OTHER_ADD,
      command: 'test -e luck',
      luckWith: 'src/add.js',
    });
    expect(baseline.flaky).toEqual([
      expect.stringMatching(/^flaky: check test gave two answers about the same files/),
    ]);
    expect(end.verdict).toBe('flagged');
  });

  it('stops a slow check at its limit', async () => {
    const command = 'test ! -e src/new.js || sleep 30';
    const { end } = await prove({
      base: BASE,
      head: { 'src/new.js': '' },
      command,
      timeoutMs: 1500,
    });
    expect(end.verdict).toBe('timed-out');
  });

  it('refuses a check that begins to change files while it runs', async () => {
    const command = 'test ! -e src/new.js || echo "// seen" >> src/add.js';
    const { end } = await prove({ base: BASE, head: { 'src/new.js': '' }, command });
    expect(end).toEqual({
      verdict: 'refused',
      reason: expect.stringContaining('changes files while it runs: src/add.js'),
    });
  });

  it('builds first where the check needs what is built', async () => {
    const { end } = await prove({
      base: { ...BASE, '.gitignore': 'dist/\n' },
      head: OTHER_ADD,
      setup: 'mkdir -p dist && cp src/add.js dist/',
      command: `node -e "if (require('./dist/add.js').add(1, 2) !== 3) process.exit(1)"`,
    });
    expect(['passed', 'flagged']).toContain(end.verdict);
  });

  it('proves a check that lists its tests by hand', async () => {
    const head = { ...OTHER_ADD, 'test/more.test.js': test(3) };
    const { end } = await prove({ base: BASE, head, command: 'node --test test/add.test.js' });
    expect(end.verdict).toBe('passed');
  });

  it('proves a check that prints no numbers', async () => {
    const command = 'node --test >/dev/null 2>&1';
    const { proof, end } = await prove({ base: BASE, head: OTHER_ADD, command });
    expect(end.verdict).toBe('passed');
    expect(proof.trial?.counts).toEqual([]);
  });

  it('takes the first test of a new project', async () => {
    const { baseline, end } = await prove({
      base: { 'README.md': '# demo\n' },
      head: BASE,
      command: 'npm test',
    });
    expect(baseline.evidence[0]?.absence?.kind).toBe('not-yet');
    expect(['passed', 'flagged']).toContain(end.verdict);
  });

  it('has nothing to say of a repository without tests', async () => {
    const head = { 'README.md': '# more\n' };
    const { end } = await prove({ base: { 'README.md': '# demo\n' }, head, command: 'npm test' });
    expect(end.verdict).toBe('no-checks');
  });

  it('says that the check is gone when the head removes it', async () => {
    const head = { 'package.json': '{"name":"demo","version":"1.0.0"}\n' };
    const { end } = await prove({ base: BASE, head, command: 'npm test' });
    expect(end.verdict).toBe('gone');
  });

  it('works with a runner that no table knows', async () => {
    const runner = 'grep -q "a + b\\|b + a" src/add.js && echo fine\n';
    const { end } = await prove({
      base: { ...BASE, 'check.sh': runner },
      head: OTHER_ADD,
      command: 'sh check.sh',
    });
    expect(['passed', 'flagged']).toContain(end.verdict);
  });
});
