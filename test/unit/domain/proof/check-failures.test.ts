import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areKnownFailures,
  failureLines,
  newFailures,
} from '../../../../src/domain/proof/check-failures.js';
import { type Baseline, type Evidence } from '../../../../src/domain/proof/check.js';

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  check: 'test',
  command: 'npm test',
  exitCode: 1,
  isTimedOut: false,
  tree: 't',
  definitions: 'story',
  output: { digest: 'a'.repeat(64), bytes: 1 },
  durationMs: 1,
  sandbox: 'full',
  ...changes,
});
const baseline = (lines: string[], changes: Partial<Evidence> = {}): Baseline => ({
  base: 'b',
  evidence: [evidence(changes)],
  setup: null,
  failures: { test: lines },
});

describe('failureLines', () => {
  it.each([
    [
      'pytest',
      'FAILED tests/test_3.py::test_b - assert 3 == 4',
      'FAILED tests/test_3.py::test_b - assert # == #',
    ],
    ['vitest', ' FAIL  /lane/src/a.test.ts > adds 12 ms', 'FAIL ./src/a.test.ts > adds DURATION'],
    ['eslint', "/lane/a.js:12:5: error 'x' is not defined", "./a.js:#:#: error 'x' is not defined"],
    ['go', '--- FAIL: TestSum2 (0.03s)', '--- FAIL: TestSum2 (DURATION)'],
    [
      'rust',
      "thread 'main' panicked at src/lib.rs:9:5",
      "thread 'main' panicked at src/lib.rs:#:#",
    ],
    ['summary', '2 failed, 11 passed in 0.12s', '2 failed, # passed in DURATION'],
    ['address', 'error at 0x7ffe12 on 2026-01-02T03:04:05Z', 'error at ADDRESS on TIME'],
  ])('reads a failure of %s the same in every run', (_tool, line, expected) => {
    expect(failureLines(`some output\n${line}\n`, ['/lane'])).toEqual([expected]);
  });

  it('takes all lines where none names a failure', () => {
    expect(failureLines('b 2\n\na\n', [])).toEqual(['a', 'b #']);
  });

  it('keeps a bounded number of bounded lines, and then knows no failure', () => {
    const many = Array.from({ length: 400 }, (_, index) => `error e${index} ${'x'.repeat(500)}`);
    const lines = failureLines(many.join('\n'), []);
    expect(lines).toHaveLength(301);
    expect(Math.max(...lines.map((line) => line.length))).toBe(160);
    expect(areKnownFailures(lines, lines)).toBe(false);
  });

  it('is the same for the same output in another folder, at another time and line', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.nat(999), fc.nat(999), (words, one, two) => {
        const text = (root: string, number: number) =>
          words.map((name) => `error: ${root}/${name}.ts:${number} took ${number}ms`).join('\n');
        expect(failureLines(text('/one/lane', one), ['/one/lane'])).toEqual(
          failureLines(text('/two', two), ['/two']),
        );
      }),
      { examples: [[['twoa'], 0, 0]] },
    );
  });

  it.each([
    ['a folder whose name goes on', 'error: /two-b/x /twoa /two.old/x /two_/x', [' /']],
    ['a file in it of the same name', 'error: /two/two.ts /two/twoa.ts', ['./two.ts', './twoa.ts']],
    ['the folder itself', 'error: in /two.', ['error: in ..']],
    ['a word before it', 'error: -I/two/include "/two"', ['-I./include', '"."']],
    ['the folder twice', 'error: /two/two/x', ['error: ./two/x']],
  ])('takes a folder of the lane for no part of another name: %s', (_, output, parts) => {
    const [line = ''] = failureLines(output, ['/two']);
    for (const part of parts) expect(line).toContain(part);
    if (parts[0] === ' /') expect(line).toBe(output);
  });
});

describe('areKnownFailures', () => {
  const line = fc.stringMatching(/^[A-Za-z#: ]{1,12}$/);

  it('holds for every part of what is known, in any order', () => {
    fc.assert(
      fc.property(
        fc
          .array(line, { minLength: 1, maxLength: 20 })
          .chain((known) =>
            fc.tuple(fc.constant(known), fc.shuffledSubarray(known, { minLength: 1 })),
          ),
        ([known, part]) => {
          expect(areKnownFailures(known, part)).toBe(true);
        },
      ),
    );
  });

  it('never holds with a failure more, be it new or the same once more', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), line, fc.boolean(), (known, extra, isNew) => {
        const more = isNew || known.length === 0 ? `new ${extra} !` : (known[0] ?? '');
        expect(areKnownFailures(known, [...known, more])).toBe(false);
      }),
    );
  });

  it('lets a summary count less, and never more', () => {
    expect(areKnownFailures(['3 failed, # passed'], ['2 failed, # passed'])).toBe(true);
    expect(areKnownFailures(['3 failed, # passed'], ['4 failed, # passed'])).toBe(false);
  });

  it('takes no failure at all for one that could not be read', () => {
    expect(areKnownFailures(['error'], [])).toBe(false);
  });
});

describe('newFailures', () => {
  it('are none when the check fails only as the base did', () => {
    expect(newFailures(baseline(['error a', 'error b']), evidence(), ['error b'])).toEqual([]);
  });

  it('are those that the base did not have', () => {
    expect(newFailures(baseline(['error a']), evidence(), ['error a', 'error c'])).toEqual([
      'error c',
    ]);
  });

  it('cannot be told for a check that was green, has another command, or ended in another way', () => {
    const known = baseline(['error a']);
    const lines = ['error a'];
    expect(newFailures(baseline([], { exitCode: 0 }), evidence(), lines)).toBeUndefined();
    expect(newFailures(known, evidence({ command: 'other' }), lines)).toBeUndefined();
    expect(
      newFailures(known, evidence({ exitCode: null, isTimedOut: true }), lines),
    ).toBeUndefined();
    expect(newFailures(known, evidence({ exitCode: 137 }), lines)).toBeUndefined();
    expect(newFailures(known, evidence({ check: 'lint' }), lines)).toBeUndefined();
  });
});
