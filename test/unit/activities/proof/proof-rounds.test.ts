import { describe, expect, it } from 'vitest';
import {
  createProofRounds,
  failuresOf,
  type ProofPlan,
  type ProofRound,
} from '../../../../src/activities/proof/proof-rounds.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import type { Evidence } from '../../../../src/domain/proof/check.js';
import { ralphBench, userGit, type RalphBench } from '../../../support/ralph-bench.js';

const check = (name: string, command: string) => ({ name, command, timeoutMs: 20_000 });

function plan(bench: RalphBench, changes: Partial<ProofPlan> = {}): ProofPlan {
  return {
    key: { scope: 'rounds', step: 1, index: 0 },
    base: bench.base,
    checks: [],
    verificationSteps: [],
    setup: NO_SETUP,
    baseline: null,
    ...changes,
  };
}

function treeOf(bench: RalphBench): string {
  return userGit(bench.repository, 'rev-parse', 'HEAD^{tree}');
}

async function outputs(bench: RalphBench, round: ProofRound): Promise<string[]> {
  if (!round.isReady) return expect.fail('not ready');
  return Promise.all(round.evidence.map(({ output }) => bench.dependencies.blobs.getText(output)));
}

describe('rounds of checks', () => {
  it('give every check the tracked files as they are, and keep what lies beside them', async () => {
    const bench = await ralphBench({ 'a.txt': 'base\n', '.gitignore': 'made\n' });
    const checks = [
      check('first', 'echo broken > a.txt; echo made > made; rm README.md'),
      check('second', 'cat a.txt README.md made; git status --porcelain'),
    ];
    const round = await createProofRounds(bench.work, plan(bench, { checks }), bench.proofLane).run(
      treeOf(bench),
      'story',
    );
    expect(await outputs(bench, round)).toEqual(['', 'base\n# demo\nmade\n']);
  });

  it('show the commit that the files would become', async () => {
    const bench = await ralphBench({ 'a.txt': 'base\n' });
    const head = {
      branch: 'feature/work',
      author: { name: 'Ada', email: 'ada@example.org' },
      subject: 'feat:\n  two lines \u001b[31m',
    };
    const command =
      'git branch --show-current; git log --format="%s|%an" -1; git status --porcelain';
    const checks = [check('log', command)];
    const rounds = createProofRounds(bench.work, plan(bench, { checks, head }), bench.proofLane);
    // The tree of the base: the commit is the base itself.
    expect(await outputs(bench, await rounds.run(treeOf(bench), 'story'))).toEqual([
      'feature/work\nfirst commit|Ada\n',
    ]);
  });

  it('do not run again what is settled, and number their steps through', async () => {
    const bench = await ralphBench();
    const checks = [check('counted', 'echo "$RANDOM$RANDOM$RANDOM"')];
    const rounds = () => createProofRounds(bench.work, plan(bench, { checks }), bench.proofLane);
    const first = rounds();
    const one = await outputs(bench, await first.run(treeOf(bench), 'story'));
    const two = await outputs(bench, await first.run(treeOf(bench), 'base'));
    expect(two).not.toEqual(one);
    const retry = rounds();
    expect(await outputs(bench, await retry.run(treeOf(bench), 'story'))).toEqual(one);
    expect(await outputs(bench, await retry.run(treeOf(bench), 'base'))).toEqual(two);
  });

  it('end before any check when the dependencies cannot be prepared', async () => {
    const bench = await ralphBench();
    const step = {
      name: 'i',
      command: 'echo why; exit 3',
      folder: '.',
      timeoutMs: 9000,
      lockFiles: [],
    };
    const setup = { ...NO_SETUP, source: 'config' as const, steps: [step] };
    const checks = [check('never', 'true')];
    const rounds = createProofRounds(bench.work, plan(bench, { checks, setup }), bench.proofLane);
    expect(await rounds.run(treeOf(bench), 'story')).toMatchObject({
      isReady: false,
      failure: { exitCode: 3, tail: 'why\n' },
    });
  });

  it('mark a failure that the base had too', async () => {
    const bench = await ralphBench();
    const checks = [check('red', 'echo "FAIL a.test.ts"; exit 1')];
    const run = (changes: Partial<ProofPlan>) =>
      createProofRounds(bench.work, plan(bench, { checks, ...changes }), bench.proofLane).run(
        treeOf(bench),
        'story',
      );
    const first = await run({});
    if (!first.isReady) return expect.fail('not ready');
    const [red] = first.evidence as [Evidence];
    const failures = { red: await failuresOf(bench.work, red, bench.proofLane) };
    expect(failures.red).not.toEqual([]);
    const baseline = { base: bench.base, evidence: [red], setup: null, failures };
    const key = { scope: 'rounds', step: 2, index: 0 };
    const again = await run({ baseline, key });
    expect(again).toMatchObject({
      isReady: true,
      evidence: [{ exitCode: 1, isKnownFailure: true }],
    });
  });
});
