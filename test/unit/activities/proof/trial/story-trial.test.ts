import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  controlOn,
  createReadWatch,
  openBase,
} from '../../../../../src/activities/proof/trial/base-controls.js';
import { tryBrokenProduct } from '../../../../../src/activities/proof/trial/broken-product.js';
import {
  canaryPaths,
  openSecrets,
  plantCanaries,
} from '../../../../../src/activities/proof/trial/canary-tree.js';
import { runOnce } from '../../../../../src/activities/proof/trial/check-control.js';
import { withoutPardon } from '../../../../../src/activities/proof/trial/definition-rounds.js';
import { FROZEN_ASSERT } from '../../../../../src/activities/proof/trial/frozen-assert.js';
import type {
  TrialOutcome,
  TrialRequest,
} from '../../../../../src/activities/proof/trial/seen-story.js';
import { tryStory } from '../../../../../src/activities/proof/trial/story-trial.js';
import { tryCanaries } from '../../../../../src/activities/proof/trial/try-canaries.js';
import { NO_SETUP } from '../../../../../src/domain/workspace-setup.js';
import { createGit } from '../../../../../src/platform/git/git.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import {
  CHECK,
  FILES,
  manifest,
  trialOn,
  trialRequest,
  type Trial,
} from '../../../../support/trial-bench.js';

const LIMIT = { timeout: 120_000 };

const tried = async (trial: Trial, changes: Partial<TrialRequest> = {}): Promise<TrialOutcome> =>
  tryStory(await trialRequest(trial, changes));
describe('a story whose checks are green', () => {
  it('costs one run when it changes the product alone', LIMIT, async () => {
    const trial = await trialOn();
    await trial.bench.write('src/add.js', FILES['src/add.js'].replace('a + b', 'b + a'));
    const { isPassed, trial: seen } = await tried(trial);
    expect({ isPassed, rounds: seen.rounds.length, canaries: seen.canaries }).toEqual({
      isPassed: true,
      rounds: 1,
      canaries: [],
    });
    expect(seen.counts).toEqual([{ check: 'test', base: 2, story: 2 }]);
  });

  it('is tried with canaries when it adds a test, and passes without a flag', LIMIT, async () => {
    const trial = await trialOn();
    await trial.bench.write('test/more.test.js', FILES['test/add.test.js']);
    const { isPassed, trial: seen } = await tried(trial);
    expect(isPassed).toBe(true);
    expect(seen.flags).toEqual([]);
    expect(seen.difference).toEqual([{ path: 'test/more.test.js', kind: 'test', change: 'added' }]);
    expect(seen.rounds.map(({ round, isGreen }) => [round, isGreen])).toEqual([
      ['story', true],
      ['base', true],
    ]);
    expect(seen.canaries.map(({ kind, is }) => [kind, is])).toEqual([
      ['existing-tests', 'noticed'],
      ['new-case', 'noticed'],
      ['assertion', 'noticed'],
      ['broken-product', 'noticed'],
    ]);
  });

  it('says so when the dependencies of trees with canaries cannot be prepared', LIMIT, async () => {
    const trial = await trialOn();
    await trial.bench.write('test/more.test.js', FILES['test/add.test.js']);
    // the base is tried, and known from then on
    await tried(trial);
    const failure = {
      step: { name: 'npm', folder: '.', command: 'npm ci', timeoutMs: 1000, lockFiles: [] },
      exitCode: 1,
      isTimedOut: false,
      isNetwork: true,
      tail: '',
    };
    const rounds: TrialRequest['rounds'] = {
      run: async (tree, definitions, options = {}) =>
        options.only === undefined
          ? trial.rounds.run(tree, definitions, options)
          : { isReady: false, failure },
    };
    const { isPassed, trial: seen } = await tried(trial, { rounds });
    expect({ isPassed, flags: seen.flags }).toEqual({
      isPassed: true,
      flags: [
        {
          code: 'no-canary',
          text: 'no canary: what was to be tried with check test could not be run: set-up command `npm ci` ended with exit code 1; a network or a registry did not answer, also after retries',
        },
      ],
    });
    expect(seen.canaries.map(({ is }) => is)).toEqual(['not-run', 'not-run', 'not-run']);
  });

  it(
    'fails when the check no longer notices anything, though nothing is broken yet',
    LIMIT,
    async () => {
      const trial = await trialOn();
      await trial.bench.write('package.json', manifest('node --test || true'));
      const { isPassed, reasons, trial: seen } = await tried(trial);
      expect(isPassed).toBe(false);
      expect(seen.canaries.filter(({ is }) => is === 'unheard').length).toBeGreaterThan(0);
      expect(reasons[0]).toContain('no longer turns red when the existing tests are made to fail');
      expect(reasons[0]).toContain('package.json');
    },
  );

  it.each(['.:$PATH', '$PATH:', 'tools:$PATH'])(
    'fails with a program that the check finds by PATH=%s instead of its own',
    LIMIT,
    async (path) => {
      const trial = await trialOn({
        ...FILES,
        'package.json': manifest(`PATH=${path} own-runner || node --test`),
      });
      const program = path.startsWith('tools') ? 'tools/own-runner' : 'own-runner';
      await trial.bench.write(program, '#!/bin/sh\n');
      chmodSync(join(trial.bench.lane.root, program), 0o755);
      await trial.bench.write('src/add.js', 'exports.add = () => 0;\nexports.label = () => 0;\n');
      const { isPassed, trial: seen } = await tried(trial);
      expect({ isPassed, difference: seen.difference }).toEqual({
        isPassed: false,
        difference: [
          {
            path: program,
            kind: seen.method === 'trace' ? 'looked-up' : 'executable',
            change: 'added',
          },
        ],
      });
    },
  );

  it('carries flags instead when it may change checks', LIMIT, async () => {
    const trial = await trialOn();
    await trial.bench.write('package.json', manifest('node --test || true'));
    const { isPassed, trial: seen } = await tried(trial, { allowCheckChanges: true });
    expect(isPassed).toBe(true);
    expect(new Set(seen.flags.map(({ code }) => code))).toEqual(
      new Set(['unheard', 'self-defined']),
    );
  });

  it('is tried with canaries for one line behind 400 harmless files', LIMIT, async () => {
    const trial = await trialOn();
    for (let at = 0; at < 400; at += 1)
      await trial.bench.write(`src/a/${at}.js`, `exports.a = ${at};\n`);
    await trial.bench.write('src/z.js', 'if (process.argv.includes("x")) process.exit(0);\n');
    const { isPassed, trial: seen } = await tried(trial);
    expect(isPassed).toBe(true);
    expect(seen.suspicious.map(({ path, what }) => [path, what])).toEqual([
      ['src/z.js', 'ends the process'],
    ]);
    expect(seen.canaries.length).toBeGreaterThan(0);
  });

  it('is not tried with canaries when they are off', LIMIT, async () => {
    const trial = await trialOn();
    await trial.bench.write('package.json', manifest('node --test || true'));
    const { isPassed, trial: seen } = await tried(trial, { canaries: 'off' });
    expect({ isPassed, canaries: seen.canaries, method: seen.method }).toEqual({
      isPassed: true,
      canaries: [],
      method: 'names',
    });
    expect(seen.flags).toEqual([
      { code: 'canaries-off', text: 'canaries are off, and the story changed checks' },
    ]);
  });
});

describe('a control on a base', () => {
  it('is tried once and read afterwards', LIMIT, async () => {
    const { bench, trialBench, runs } = await trialOn();
    const tree =
      (await createGit({ gitDir: bench.lane.gitDir }).resolve(`${bench.base}^{tree}`)) ?? '';
    const base = await openBase(bench.proofLane, { tree, setup: NO_SETUP });
    const first = await controlOn(trialBench, base, { check: CHECK });
    const spent = runs();
    expect(spent).toBeGreaterThan(2);
    expect(await controlOn(trialBench, base, { check: CHECK })).toEqual(first);
    expect(runs()).toBe(spent);
    const { isGreen, passed, reads } = first.control;
    expect({ isGreen, passed }).toEqual({ isGreen: true, passed: 2 });
    expect(reads).toEqual(expect.arrayContaining(['src/add.js', 'test/add.test.js']));
    const watch = createReadWatch(base);
    await watch.before();
    await watch.after('test');
    expect(watch.readsOf({ check: 'test' })).toEqual([]);
  });

  it('says which functions of a file the check misses', LIMIT, async () => {
    const { bench, trialBench } = await trialOn();
    const tree =
      (await createGit({ gitDir: bench.lane.gitDir }).resolve(`${bench.base}^{tree}`)) ?? '';
    const base = await openBase(bench.proofLane, { tree, setup: NO_SETUP });
    const file = base.files.get('src/add.js');
    if (file === undefined) throw new Error('no product');
    const { tools, control } = await controlOn(trialBench, base, { check: CHECK });
    const product = { path: 'src/add.js', before: file, baseTree: tree, after: file };
    const sides = { storyTree: tree, runnerTree: tree, product };
    const end = await tryBrokenProduct(trialBench, { check: CHECK, tools }, sides);
    expect(end).toMatchObject({
      result: [{ kind: 'broken-product', is: 'noticed', files: ['src/add.js'] }],
      isCertain: true,
    });
    const own = await runOnce(trialBench, { check: CHECK, tree });
    expect(own?.isRed).toBe(false);
    const round = await trialBench.rounds.run(tree, 'story');
    const [evidence] = round.isReady ? round.evidence : [];
    if (evidence === undefined) throw new Error('no evidence');
    const controlled = [{ check: CHECK, tools, control, evidence }];
    const all = await tryCanaries({
      bench: trialBench,
      controlled,
      tree,
      ownTree: tree,
      runnerTree: tree,
      scripts: { all: new Set(), subjects: new Set(), open: new Set(), programs: new Set() },
      diff: { files: [] },
      difference: [],
      approved: base,
      baseTree: tree,
      lines: [],
      unseen: { count: 0, first: [] },
    });
    expect(new Set(all.map(({ is }) => is))).toEqual(new Set(['noticed']));
  });
});

describe('canaries', () => {
  it('have tokens that only this home can make, the same on every retry', async () => {
    const { bench } = await trialOn();
    const secrets = await openSecrets(bench.work, 'story');
    const again = await openSecrets(bench.work, 'story');
    const other = await openSecrets(bench.work, 'other');
    expect(secrets('a')).toMatch(/^[0-9a-f]{12}$/);
    expect(again('a')).toBe(secrets('a'));
    expect(other('a')).not.toBe(secrets('a'));
    const key = join(bench.dependencies.home, 'temporal', 'canary-key');
    expect({ bytes: readFileSync(key).length, mode: statSync(key).mode & 0o777 }).toEqual({
      bytes: 32,
      mode: 0o600,
    });
  });

  it('are planted in tests, in a tree of their own', async () => {
    const { bench, trialBench } = await trialOn();
    const base = await openBase(bench.proofLane, { tree: bench.base, setup: NO_SETUP });
    const tools = new Set(['node:test']);
    const paths = canaryPaths(base.files, ['existing-tests'], tools);
    expect(paths).toEqual(['test/add.test.js']);
    const request = {
      tree: bench.base,
      files: base.files,
      kinds: ['new-case' as const],
      paths,
      tools,
    };
    const { tree, planted } = await plantCanaries(bench.proofLane, request, trialBench.secrets);
    expect(tree).not.toBe(bench.base);
    expect(planted).toEqual([
      {
        path: 'test/add.test.js',
        kind: 'new-case',
        index: 0,
        token: expect.stringMatching(/^k[0-9a-f]{12}z0e$/),
      },
    ]);
  });
});

describe('frozen assertions', () => {
  it('cannot be replaced by a product', async () => {
    const file = join(await temporaryFolder(), 'patch.js');
    writeFileSync(file, "'use strict'; require('node:assert').strictEqual = () => {};\n");
    const run = (extra: object): string =>
      execFileSync(process.execPath, [file], {
        env: { ...process.env, ...extra },
        stdio: 'pipe',
      }).toString();
    expect(run({})).toBe('');
    expect(() => run(FROZEN_ASSERT)).toThrow(/read only property 'strictEqual'/);
  });
});

describe('the parser of functions', () => {
  it('is found by Node itself, not only by the runner of these tests', () => {
    const code = `import('./dist/platform/syntax/functions.js').then(async ({ findFunctions }) =>
      console.log(JSON.stringify(await findFunctions('javascript', 'function a() {}'))))`;
    const found = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    expect(JSON.parse(found)).toEqual([{ name: 'a', start: 13, end: 15, body: 'block' }]);
  });
});

describe('a known failure', () => {
  const evidence = {
    check: 'test',
    command: 'x',
    exitCode: 1,
    isTimedOut: false,
    tree: 't',
    definitions: 'base' as const,
    output: { digest: 'd'.repeat(64), bytes: 0 },
    durationMs: 1,
    sandbox: 'full',
    isKnownFailure: true,
  };

  it('is none any more when the story made the check green by its definitions', () => {
    const { isKnownFailure, ...plain } = evidence;
    expect(isKnownFailure).toBe(true);
    expect(withoutPardon([{ ...evidence, exitCode: 0 }], evidence)).toEqual(plain);
    expect(withoutPardon([evidence], evidence)).toBe(evidence);
  });
});
