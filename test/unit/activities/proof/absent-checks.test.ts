import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBaseline } from '../../../../src/activities/proof/check-baseline.js';
import { proveMerged } from '../../../../src/activities/proof/prove-merged.js';
import {
  proveStory,
  type ProveStoryRequest,
} from '../../../../src/activities/proof/prove-story.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import type { Evidence, Proof } from '../../../../src/domain/proof/check.js';
import { begunStory, ralphBench, userGit, type RalphBench } from '../../../support/ralph-bench.js';

const check = (command: string, name = command) => ({ name, command, timeoutMs: 20_000 });
const NPM = [check('npm test', 'test'), check('npm run typecheck', 'typecheck')];
const manifest = (scripts: Readonly<Record<string, string>>): string =>
  JSON.stringify({ name: 'demo', version: '1.0.0', scripts });

function prove(bench: RalphBench, changes: Partial<ProveStoryRequest> = {}): Promise<Proof> {
  return proveStory(bench.work, {
    key: { scope: 'story', step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: NPM,
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: false,
    existing: [],
    ...changes,
  });
}

const seen = (evidence: readonly Evidence[]) =>
  evidence.map(({ check: name, exitCode, absence, definitions }) => ({
    name,
    exitCode,
    absence: absence ?? null,
    definitions,
  }));
const absentIn = (name: string, why: string, kind: 'not-yet' | 'gone' = 'not-yet') => ({
  name,
  exitCode: null,
  absence: { kind, why },
  definitions: 'story',
});

describe('the untouched base', () => {
  it('has absent checks where there is nothing to check yet, which are not run', async () => {
    const bench = await ralphBench({ Makefile: 'lint:\n\ttrue\n' });
    const baseline = await checkBaseline(bench.work, {
      key: { scope: 'run', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [...NPM, check('make lint', 'lint'), check('exit 3', 'red')],
      setup: NO_SETUP,
    });
    expect(seen(baseline.evidence)).toEqual([
      absentIn('test', 'there is no package.json'),
      absentIn('typecheck', 'there is no package.json'),
      { name: 'lint', exitCode: 0, absence: null, definitions: 'story' },
      { name: 'red', exitCode: 3, absence: null, definitions: 'story' },
    ]);
    expect(Object.keys(baseline.failures)).toEqual(['red']);
    const [first] = baseline.evidence;
    expect(first && (await bench.dependencies.blobs.getText(first.output))).toBe(
      'not run: there is no package.json',
    );
  });
});

describe('a story', () => {
  it('ends unverified when every check is absent', async () => {
    const bench = await begunStory();
    await bench.write('notes.md', 'all tests pass\n');
    const proof = await prove(bench);
    expect(proof).toMatchObject({ verdict: 'unverified', feedback: null });
    expect(seen(proof.evidence)).toEqual([
      absentIn('test', 'there is no package.json'),
      absentIn('typecheck', 'there is no package.json'),
    ]);
  });

  it('passes with one check that exists, while another is still absent', async () => {
    const bench = await begunStory();
    await bench.write('package.json', manifest({ test: 'true' }));
    const proof = await prove(bench);
    expect(proof.verdict).toBe('passed');
    expect(seen(proof.evidence)).toEqual([
      { name: 'test', exitCode: 0, absence: null, definitions: 'story' },
      absentIn('typecheck', 'package.json has no script "typecheck"'),
    ]);
  });

  it.each([
    ['is red from the beginning', 'exit 1', 1],
    ['lacks its tool, which is no missing check', 'no-such-runner run', 127],
    [
      'prints the words of npm about a missing script',
      `echo 'npm error Missing script: "test"'; exit 1`,
      1,
    ],
  ])('fails when the check that it creates %s', async (_name, script, exitCode) => {
    const bench = await begunStory();
    await bench.write('package.json', manifest({ test: script }));
    const proof = await prove(bench);
    expect(proof.verdict).toBe('failed');
    expect(seen(proof.evidence)[0]).toEqual({
      name: 'test',
      exitCode,
      absence: null,
      definitions: 'story',
    });
  });

  it.each([
    ['existed before', { existing: ['npm test'] }],
    ['counts as existing for a run of an earlier version', { existing: undefined }],
  ])('fails when it removes a check that %s, and is told why', async (_name, changes) => {
    const bench = await begunStory({ 'package.json': manifest({ test: 'true' }) });
    await bench.write('package.json', manifest({ build: 'true' }));
    const checks = [check('npm test', 'test'), check('true')];
    const proof = await prove(bench, { ...changes, checks });
    expect(proof.verdict).toBe('failed');
    expect(seen(proof.evidence)[0]).toEqual(
      absentIn('test', 'package.json has no script "test"', 'gone'),
    );
    expect(proof.feedback && (await bench.dependencies.blobs.getText(proof.feedback))).toBe(
      'Check test is gone: `npm test` has nothing to check any more (package.json has no script "test"). It existed before your change, and a check that exists once has to stay and to pass. Bring it back.',
    );
  });

  it('may add a target to a makefile of the base: there is nothing of the base to run instead', async () => {
    const bench = await begunStory({ Makefile: 'build:\n\ttrue\n' });
    await bench.write('Makefile', 'build:\n\ttrue\ntest:\n\ttrue\n');
    const proof = await prove(bench, { checks: [check('make test', 'test')] });
    expect(proof).toMatchObject({ verdict: 'passed', changedDefinitions: ['Makefile'] });
    expect(seen(proof.evidence)).toEqual([
      { name: 'test', exitCode: 0, absence: null, definitions: 'story' },
    ]);
    expect(proof.trial?.flags).toEqual([
      { code: 'self-defined', text: 'self-defined: check test is new with the story' },
    ]);
  });

  it('may not empty a target of the base, although it is there', async () => {
    const bench = await begunStory({ Makefile: 'test:\n\ttest -f feature.txt\n' });
    await bench.write('Makefile', 'test:\n\ttrue\n');
    const checks = [check('make test', 'test')];
    expect((await prove(bench, { checks, existing: ['make test'] })).verdict).toBe('failed');
  });

  it('is asked by a run where the files do not decide, and the output is kept', async () => {
    const bench = await begunStory({
      Makefile: 'include more.mk\n',
      'more.mk': 'build:\n\ttrue\n',
    });
    await bench.write('notes.md', 'x\n');
    const proof = await prove(bench, { checks: [check('make test', 'test')] });
    expect(proof.verdict).toBe('unverified');
    expect(seen(proof.evidence)).toEqual([
      {
        name: 'test',
        exitCode: 2,
        absence: {
          kind: 'not-yet',
          why: "make says: make: *** No rule to make target 'test'.  Stop.",
        },
        definitions: 'story',
      },
    ]);
  });

  it('is not made to exist or vanish by what another check leaves behind', async () => {
    const bench = await begunStory();
    await bench.write(
      'package.json',
      manifest({ build: 'printf "test:\\n\\ttrue\\n" > Makefile' }),
    );
    const checks = [check('npm run build', 'build'), check('make test', 'test')];
    const proof = await prove(bench, { checks });
    expect(seen(proof.evidence)[1]).toEqual(absentIn('test', 'there is no Makefile'));
  });

  it('sees a recipe file that set-up writes and git ignores', async () => {
    const bench = await begunStory({ '.gitignore': 'Makefile\n' });
    await bench.write('feature.txt', 'x\n');
    const command = 'printf "test:\\n\\ttest -f feature.txt\\n" > Makefile';
    const step = { name: 'configure', command, folder: '.', lockFiles: [], timeoutMs: 20_000 };
    const setup = { ...NO_SETUP, source: 'flag' as const, steps: [step] };
    const proof = await prove(bench, { checks: [check('make test', 'test')], setup });
    expect({ verdict: proof.verdict, seen: seen(proof.evidence) }).toEqual({
      verdict: 'passed',
      seen: [{ name: 'test', exitCode: 0, absence: null, definitions: 'story' }],
    });
  });

  it('is set up by commands that have something to work with, and by the others later', async () => {
    const bench = await begunStory({ '.gitignore': 'deps\n' });
    await bench.write('Makefile', 'deps:\n\techo made > deps\ntest:\n\tgrep -q made deps\n');
    const step = {
      name: 'deps',
      command: 'make deps',
      folder: '.',
      lockFiles: [],
      timeoutMs: 20_000,
    };
    const setup = { ...NO_SETUP, source: 'flag' as const, steps: [step] };
    const checks = [check('make test', 'test')];
    const baseline = await checkBaseline(bench.work, {
      key: { scope: 'run', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks,
      setup,
    });
    expect(baseline.setup).toBeNull();
    const proof = await prove(bench, { checks, setup });
    expect(proof).toMatchObject({ verdict: 'passed', setup: { commands: ['make deps'] } });
  });

  it('with absent checks and a verification step that holds has passed', async () => {
    const bench = await begunStory();
    await bench.write('feature.txt', 'x\n');
    const verificationSteps = [{ type: 'file_exists' as const, path: 'feature.txt', glob: false }];
    expect((await prove(bench, { verificationSteps })).verdict).toBe('passed');
    await rm(join(bench.lane.root, 'feature.txt'));
    await bench.write('other.txt', 'x\n');
    const key = { scope: 'story', step: 2, index: 0 };
    expect((await prove(bench, { key, verificationSteps })).verdict).toBe('failed');
  });
});

describe('a merged tree', () => {
  it('fails where a check is gone that landed meanwhile', async () => {
    const bench = await begunStory({ 'package.json': manifest({}) });
    const request = {
      key: { scope: 'run', step: 9, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      tree: userGit(bench.lane.gitDir, 'rev-parse', `${bench.base}^{tree}`),
      checks: NPM,
      verificationSteps: [],
      setup: NO_SETUP,
      baseline: null,
    };
    const gone = await proveMerged(bench.work, { ...request, existing: ['npm test'] });
    expect(gone).toMatchObject({ verdict: 'failed' });
    const key = { scope: 'run', step: 10, index: 0 };
    expect(await proveMerged(bench.work, { ...request, key, existing: [] })).toMatchObject({
      verdict: 'unverified',
    });
  });
});
