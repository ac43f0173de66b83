import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeStage,
  tokenOf,
  type CanaryPlace,
  type CanaryVerdict,
  type ControlStage,
} from '../../../../src/domain/proof/canaries/canary.js';
import { canaryPlan, heardPaths } from '../../../../src/domain/proof/canaries/check-control.js';
import { toolsIn } from '../../../../src/domain/proof/tools/rows.js';
import { judgeTrial, trialSchema, type TrialFacts } from '../../../../src/domain/proof/trial.js';

const HONEST: TrialFacts = {
  allowCheckChanges: false,
  definitions: [],
  isGreenWithBase: undefined,
  isGreenWithOwn: undefined,
  canaries: [],
  counts: [],
  writes: [],
};
const unheard: CanaryVerdict = {
  check: 'test',
  kind: 'new-case',
  is: 'unheard',
  files: ['test/a.js'],
};
const verdict = (changes: Partial<TrialFacts>) => {
  const { isPassed, reasons, flags } = judgeTrial({ ...HONEST, ...changes });
  return { isPassed, reasons: reasons.length, flags: flags.map(({ code }) => code) };
};

describe('the verdict about green checks', () => {
  it.each<[string, Partial<TrialFacts>, boolean, string[]]>([
    ['nothing of theirs changed', {}, true, []],
    [
      'green with the base’s definitions',
      { definitions: ['.npmrc'], isGreenWithBase: true },
      true,
      [],
    ],
    ['red with them', { definitions: ['.npmrc'], isGreenWithBase: false }, false, []],
    ['red with both', { isGreenWithBase: false, isGreenWithOwn: false }, false, []],
    [
      'green with its own configuration',
      { isGreenWithBase: false, isGreenWithOwn: true },
      true,
      ['own-configuration'],
    ],
    ['an unheard canary', { canaries: [unheard] }, false, []],
    [
      'an unheard canary though green with the base',
      { isGreenWithBase: true, canaries: [unheard] },
      false,
      [],
    ],
    ['a canary that was not run', { canaries: [{ ...unheard, is: 'not-run' }] }, true, []],
    [
      'a check that cannot fail',
      { canaries: [{ ...unheard, is: 'no-canary' }] },
      true,
      ['no-canary'],
    ],
    [
      'a check of which one canary was noticed',
      {
        canaries: [
          { ...unheard, is: 'no-canary' },
          { ...unheard, is: 'noticed' },
        ],
      },
      true,
      [],
    ],
    ['fewer tests', { counts: [{ check: 'test', base: 3, story: 2 }] }, false, []],
    ['as many tests', { counts: [{ check: 'test', base: 3, story: 3 }] }, true, []],
    [
      'a number that cannot be read',
      { counts: [{ check: 'test', base: 3, story: null }] },
      true,
      [],
    ],
    ['no tests at first', { counts: [{ check: 'test', base: null, story: 2 }] }, true, []],
    ['a check that writes', { writes: [{ check: 'test', files: ['a.snap'] }] }, false, []],
    [
      'permission, and fewer tests',
      { allowCheckChanges: true, counts: [{ check: 'test', base: 3, story: 2 }] },
      true,
      ['fewer-tests'],
    ],
    [
      'permission, and an unheard canary',
      { allowCheckChanges: true, canaries: [unheard], definitions: ['x'] },
      true,
      ['unheard', 'self-defined'],
    ],
  ])('%s', (...[, facts, isPassed, flags]) => {
    expect(verdict(facts)).toEqual({ isPassed, reasons: isPassed ? 0 : 1, flags });
  });

  it('tells an agent what to undo, with files', () => {
    expect(judgeTrial({ ...HONEST, canaries: [unheard], definitions: ['.npmrc'] }).reasons).toEqual(
      [
        'Check test no longer turns red when a failing test is added to an existing file of tests (test/a.js); before your change it did. Look at .npmrc. A check that cannot fail proves nothing: undo what keeps it from seeing failures.',
      ],
    );
  });

  it('fits the record however long the names are', () => {
    const names = fc
      .array(fc.nat({ max: 4096 }), { maxLength: 15 })
      .map((lengths) => lengths.map((length) => 'x'.repeat(length)));
    fc.assert(
      fc.property(names, fc.boolean(), fc.boolean(), (files, allowCheckChanges, isGreenWithOwn) => {
        const canaries = [{ ...unheard, files: files.slice(0, 20) }];
        const { reasons, flags } = judgeTrial({
          ...HONEST,
          allowCheckChanges,
          isGreenWithBase: false,
          isGreenWithOwn,
          definitions: files,
          canaries,
        });
        expect(trialSchema.shape.reasons.safeParse(reasons).success).toBe(true);
        expect(trialSchema.shape.flags.safeParse(flags).success).toBe(true);
      }),
    );
  });
});

const SECRET = 'abcdefabcdef';
const place = (index: number, path = 'test/a.js'): CanaryPlace => ({
  path,
  kind: 'new-case',
  index,
});
const planted = (...places: CanaryPlace[]) =>
  places.map((one) => ({ ...one, token: tokenOf(SECRET, one.index) }));
const stage = (changes: Partial<ControlStage> = {}): ControlStage => ({
  kinds: ['new-case'],
  planted: ['test/a.js'],
  isRed: true,
  heard: [place(0)],
  ...changes,
});
const both = planted(place(0), place(1));
const story = (isRed: boolean, output: string, canaries = both) => ({
  planted: canaries,
  isRed,
  output,
  durationMs: 1.4,
});

describe('a canary', () => {
  it.each<
    [string, ControlStage, ReturnType<typeof story> | undefined, CanaryVerdict['is'], string[]]
  >([
    [
      'whose token is shown',
      stage(),
      story(true, `boom ${tokenOf(SECRET, 0)}`),
      'noticed',
      ['test/a.js'],
    ],
    [
      'whose token is not, though the check is red',
      stage(),
      story(true, 'other'),
      'unheard',
      ['test/a.js'],
    ],
    [
      'of which only one of two was heard before',
      stage(),
      story(true, tokenOf(SECRET, 1)),
      'unheard',
      ['test/a.js'],
    ],
    [
      'of which both were',
      stage({ heard: [place(0), place(1)] }),
      story(true, tokenOf(SECRET, 0)),
      'unheard',
      ['test/a.js'],
    ],
    [
      'whose token begins like another',
      stage({ heard: [place(1)] }),
      story(true, tokenOf(SECRET, 10)),
      'unheard',
      ['test/a.js'],
    ],
    [
      'that was never noticed',
      stage({ isRed: false, heard: [] }),
      story(false, ''),
      'no-canary',
      [],
    ],
    [
      'whose neighbour alone was',
      stage({ heard: [{ ...place(0), kind: 'assertion' }] }),
      story(true, ''),
      'no-canary',
      [],
    ],
    [
      'of a silent runner that is red',
      stage({ heard: [] }),
      story(true, ''),
      'noticed',
      ['test/a.js'],
    ],
    [
      'of a silent runner that is green',
      stage({ heard: [] }),
      story(false, ''),
      'unheard',
      ['test/a.js'],
    ],
    [
      'in a file that is gone',
      stage(),
      story(true, '', planted(place(0, 'test/b.js'))),
      'not-run',
      [],
    ],
    ['that could not be planted', stage(), story(true, '', []), 'not-run', []],
    ['that was not tried', stage(), undefined, 'not-run', []],
  ])('%s', (...[, control, run, is, files]) => {
    const durationMs = run === undefined ? {} : { durationMs: 1 };
    expect(judgeStage('test', control, run)).toEqual([
      { check: 'test', kind: 'new-case', is, files, ...durationMs },
    ]);
  });

  it('has a token that is part of no other', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(999), (one, other) => {
        expect(tokenOf(SECRET, one).includes(tokenOf(SECRET, other))).toBe(one === other);
      }),
    );
  });

  it('was heard in these files', () => {
    expect(heardPaths(stage({ heard: [place(0), place(1), place(0, 'b')] }))).toEqual([
      'test/a.js',
      'b',
    ]);
    expect(heardPaths(stage({ heard: [], planted: ['a', 'b'] }))).toEqual(['a', 'b']);
    expect(heardPaths(stage({ isRed: false }))).toEqual([]);
  });
});

describe('the canaries that are tried', () => {
  const CASES = [['existing-tests'], ['new-case', 'assertion']];
  it.each([
    ['vitest run', CASES, []],
    ['tsc -b && vitest run', [...CASES, ['finding']], [['unreadable']]],
    ['eslint .', [['finding']], [['unreadable']]],
    ['mypy src', [['finding']], [['unreadable']]],
    ['./own-checker', CASES, [['unreadable']]],
    ['make', CASES, [['unreadable']]],
  ])('suit %s', (command, groups, fallback) => {
    expect(canaryPlan(toolsIn([command]))).toEqual({ groups, fallback });
  });
});
