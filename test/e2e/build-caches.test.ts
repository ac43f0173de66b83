import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canRun, ordinaryUser } from '../support/ordinary-user.js';

const PROGRAM = 'test/support/build-cache-program.mjs';
const ordinary = ordinaryUser();
const isRoot = process.getuid?.() === 0;

interface Seen {
  readonly exitCode: number | null;
  readonly caches: readonly string[];
  readonly lines: readonly string[];
}
interface Attempt {
  readonly verdict: string;
  readonly first: Seen;
  readonly test: Seen;
}
interface Answers extends Readonly<Record<string, unknown>> {
  readonly baseline: Omit<Attempt, 'verdict'>;
  readonly isWhole: boolean;
  readonly isMounted: boolean;
}

/** All that one user's run with build caches answers, at one level. */
function run(user: 'root' | 'ordinary', level: 'full' | 'process'): Answers {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'codetether-caches-')));
  chmodSync(folder, 0o755);
  if (user === 'ordinary' && ordinary.uid !== null) chownSync(folder, ordinary.uid, ordinary.uid);
  const argv = (program: string): string[] => [process.execPath, program, folder, level];
  const [program = '', ...args] =
    user === 'root' ? argv(PROGRAM) : ordinary.command(...argv(ordinary.path(PROGRAM)));
  const answer = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder },
    maxBuffer: 10_000_000,
  });
  rmSync(folder, { recursive: true, force: true });
  if (answer.status !== 0) throw new Error(answer.stderr);
  return JSON.parse(answer.stdout) as Answers;
}

const WARM = ['go', 'cargo'];
const first: Seen = { exitCode: 0, caches: WARM, lines: [''] };
const passed = (how: string): Attempt => ({
  verdict: 'passed',
  first,
  test: { exitCode: 0, caches: WARM, lines: [how, 'good objectgood entry', 'ok'] },
});
const failed: Attempt = {
  verdict: 'failed',
  first,
  test: { exitCode: 1, caches: WARM, lines: ['compiled', 'good objectgood entry', 'no'] },
};

describe.each([
  ['root', 'full'],
  ['root', 'process'],
  ['ordinary', 'full'],
  ['ordinary', 'process'],
] as const)('build caches of %s at level %s', (user, level) => {
  const isPossible = user === 'root' ? isRoot : canRun(ordinary, 'true');

  it.skipIf(!isPossible)('serve every proof, and no proof or agent changes them', () => {
    const { codeDeletes, codeUnmounts, codeReplaces, ...answers } = run(user, level);
    expect(answers).toEqual({
      sandbox: level,
      isMounted: level === 'full',
      baseline: {
        first: { ...first, caches: [] },
        test: {
          exitCode: 0,
          caches: [],
          lines: ['cold', 'compiled', 'good objectgood entry', 'ok'],
        },
      },
      plain: passed('fresh'),
      broken: failed,
      // what the code under proof does to times between two checks does not hide a change
      brokenWithOldTimes: failed,
      linked: failed,
      agentReplaces: failed,
      agentPlants: passed('compiled'),
      codePlants: passed('compiled'),
      codeClears: {
        verdict: 'passed',
        first,
        test: {
          exitCode: 0,
          caches: WARM,
          lines: ['cold', 'compiled', 'good objectgood entry', 'ok'],
        },
      },
      afterwards: passed('compiled'),
      isWhole: true,
    });
    // Their own proof sees what they did, as it sees what their checks leave beside the files; the next one does not.
    expect(codeReplaces).toEqual({
      verdict: 'passed',
      first,
      test: { exitCode: 0, caches: WARM, lines: ['fresh', 'evil objectevil entry', 'ok'] },
    });
    expect((codeDeletes as Attempt).test.lines).toEqual([
      'cold',
      'compiled',
      'good objectgood entry',
      'ok',
    ]);
    expect((codeUnmounts as Attempt).test).toEqual(passed('compiled').test);
  });
});
