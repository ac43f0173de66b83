import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passedTests } from '../../../../src/domain/proof/counts.js';

const FOLDER = new URL('../../../fixtures/proof-outputs/', import.meta.url);
const output = (name: string): string => readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8');

/** What each runner printed, and how many of its tests passed; undefined = it told no number. */
const COUNTS: Readonly<Record<string, number | undefined>> = {
  'ava-colour': undefined,
  'ava-mixed': undefined,
  'ava-passed': 1,
  // as it says itself, a known failure among them
  'ava-tap': 4,
  bats: 1,
  bun: 3,
  'cargo-colour': 1,
  'cargo-mixed': 3,
  'cargo-passed': 1,
  'cargo-q': 3,
  'ctest-mixed': 2,
  'ctest-none': 0,
  'ctest-passed': 2,
  'ctest-quiet': undefined,
  'ctest-skips': 1,
  deno: 2,
  'django-mixed': 2,
  'django-passed': 2,
  dotnet: 5,
  'dotnet-verbose': 3,
  go: 0,
  'go-cached': undefined,
  'go-flags': 1,
  'go-none': 0,
  'go-v': 5,
  'jest-colour': 3,
  'jest-mixed': 3,
  'jest-none': 0,
  'jest-passed': 1,
  maven: 5,
  'maven-failed': 2,
  minitest: 2,
  mix: 4,
  'mocha-colour': 2,
  'mocha-dot': 2,
  'mocha-json': undefined,
  'mocha-min': 2,
  'mocha-mixed': 2,
  'mocha-tap': 2,
  nextest: 2,
  'node-dot': undefined,
  'node-spec': 3,
  'node-spec-colour': 3,
  'node-tap': 3,
  'phpunit-mixed': 2,
  'phpunit-none': 0,
  'phpunit-passed': 3,
  playwright: 2,
  'pytest-collect': 0,
  'pytest-colour': 5,
  'pytest-deselected': 0,
  'pytest-mixed': 5,
  'pytest-passed': 1,
  'pytest-q': 5,
  'pytest-qq': undefined,
  'pytest-qq-vvv': 5,
  rspec: 3,
  'rspec-passed': 3,
  'tap-base': 2,
  'tap-tap': 2,
  tape: 3,
  // two of its three failures are parts of one test, and are taken away twice
  'unittest-mixed': 2,
  'unittest-none': 0,
  'unittest-passed': 1,
  'unittest-q': 1,
  'vitest-colour': 3,
  'vitest-dot': 3,
  'vitest-mixed': 3,
  'vitest-none': 0,
  'vitest-passed': 1,
  'vitest-tap': 4,
};

describe('passed tests in what runners print', () => {
  it.each(Object.entries(COUNTS))('are counted in %s', (name, count) => {
    expect(passedTests(output(name))).toBe(count);
  });

  it('are asked of every output that was kept', () => {
    const kept = readdirSync(FOLDER).map((name) => name.replace(/\.txt$/, ''));
    expect(Object.keys(COUNTS).toSorted()).toEqual(kept.toSorted());
  });

  it('are the sum of several runners and packages', () => {
    expect(passedTests(`${output('jest-passed')}${output('pytest-q')}`)).toBe(6);
    expect(passedTests(`${output('cargo-passed')}${output('cargo-passed')}`)).toBe(2);
  });

  it('are those of the summary where results of its own stand above it', () => {
    expect(passedTests('TAP version 13\nok 1 - a\nok 2 - b\n1..2\n# tests 2\n# pass 1\n')).toBe(1);
  });
});

describe('a number that cannot be read is none', () => {
  it.each([
    ['nothing', ''],
    ['a build', '    Finished `dev` profile [unoptimized] target(s) in 1.50s\n'],
    ['a bundler', '✓ built in 1.23s\nTests are in test/\n'],
    ['a linter', 'All checks passed!\nFound 0 errors.\n'],
    ['a type checker', 'Success: no issues found in 3 source files\n'],
    ['words about tests', 'pass 3 arguments\nok then\n5 passed the gate\n# passing by\n'],
    ['go without -v', 'ok  \tx\t0.004s\n'],
    ['go without -v, from its cache', 'ok  \tx\t(cached)\n?   \ty\t[no test files]\n'],
    ['more tests than there are', `Tests:       ${'9'.repeat(30)} passed, 1 total\n`],
    ['a summary as long as a book', `Tests:       3 passed, 3 total${' '.repeat(2000)}\n`],
  ])('%s', (_, text) => {
    expect(passedTests(text)).toBeUndefined();
  });

  it.each([
    ['no test files of a Go package', '?   \tx\t[no test files]\n', 0],
    ['a Go package whose tests all went', 'ok  \tx\t0.003s [no tests to run]\n', 0],
    ['pytest that found nothing', 'no tests ran in 0.01s\n', 0],
    ['pytest that took minutes', '=== 7 passed, 1 warning in 75.12s (0:01:15) ===\n', 7],
    ['pytest with parts of tests', '2 passed, 5 subtests passed in 0.02s\n', 2],
    ['node without tests', '# tests 0\n# pass 0\n', 0],
    ['mocha without tests', '\n  0 passing (1ms)\n', 0],
    ['lines that end as on Windows', 'Tests:       2 passed, 2 total\r\n', 2],
    ['more skips than tests', 'Ran 1 test in 0.1s\n\nOK (skipped=3)\n', 0],
    ['nested results', '1..1\n# Subtest: a\n    ok 1 - x\n    ok 2 - y\n    1..2\nok 1 - a\n', 2],
    ['results in braces', '1..1\nok 1 - a {\n    1..1\n    ok 1 - x\n}\n', 1],
    ['results without groups', 'ok 1 a\nok 2 b # TODO later\nnot ok 3 c\n1..3\n', 1],
  ])('but %s is %i', (_, text, count) => {
    expect(passedTests(text)).toBe(count);
  });
});

describe('what else is printed', () => {
  /** Words that no runner uses for its summary. */
  const unrelated = fc
    .array(fc.stringMatching(/^[a-z ,.:=()[\]{}<>/\\'"-]{0,60}$/), { maxLength: 20 })
    .map((lines) => lines.filter((line) => !/ok|pass|test|example/.test(line)));

  it.each(Object.entries(COUNTS).filter(([name]) => !/tap|tape|bats/.test(name)))(
    'changes nothing in %s',
    (name, count) => {
      const text = output(name).split('\n');
      fc.assert(
        fc.property(unrelated, fc.nat({ max: text.length }), (added, at) => {
          const mixed = [...text.slice(0, at), ...added, ...text.slice(at)].join('\n');
          expect(passedTests(mixed)).toBe(count);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('may be one line of a megabyte, or a hundred thousand lines', () => {
    const summary = '\nTests:       2 passed, 2 total\n';
    const started = performance.now();
    for (const part of ['Tests: 9', '9 passed ', 'ok 1 ', '\u001b[1m', '1 tests, ', '=', ' '])
      expect(passedTests(part.repeat(1_000_000 / part.length) + summary)).toBe(2);
    for (const line of [' passed', '5 runs, 2', '    Start 1: a', '===', '# x', '9'.repeat(90)])
      expect(passedTests(`${line}\n`.repeat(100_000) + summary)).toBe(2);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
