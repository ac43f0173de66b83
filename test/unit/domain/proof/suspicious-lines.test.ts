import { describe, expect, it } from 'vitest';
import {
  suspiciousLines,
  type SuspiciousLine,
} from '../../../../src/domain/proof/suspicious-lines.js';

const inFile = (path: string, text: string, isTest = false): SuspiciousLine[] =>
  suspiciousLines([{ path, isTest, lines: [{ line: 3, text }] }]);
const what = (text: string, isTest = false): (string | boolean)[] =>
  inFile('src/a', text, isTest).flatMap((line) => [line.what, line.mayBlind]);

/** Put together here, because no file of ours may switch a rule off. */
const ESLINT = ['eslint', 'disable'].join('-');
const TS = '@ts';

describe('an added line', () => {
  it.each([
    [`/* ${ESLINT} */`, 'suppression', true],
    ['# ruff: noqa', 'suppression', true],
    ['# mypy: ignore-errors', 'suppression', true],
    [`// ${TS}-nocheck`, 'suppression', true],
    ['#![allow(warnings)]', 'suppression', true],
    [`foo() // ${ESLINT}-line no-undef`, 'suppression', false],
    ['x = 1  # noqa: F401', 'suppression', false],
    ['x = y  # type: ignore[attr]', 'suppression', false],
    [`// ${TS}-expect-error`, 'suppression', false],
    ['return x as any;', 'suppression', false],
    ['const x: any = 1;', 'suppression', false],
    ['#[allow(dead_code)]', 'suppression', false],
    ['f() //nolint', 'suppression', false],
    ['it.only("x", f)', 'skipped test', false],
    ['xit("x", f)', 'skipped test', false],
    ['t.Skip("x")', 'skipped test', false],
    ['#[ignore]', 'skipped test', false],
    ['process.exit(0);', 'ends the process', true],
    ['os._exit(0)', 'ends the process', true],
    ['os.Exit(0)', 'ends the process', true],
    ['std::process::exit(0);', 'ends the process', true],
    ['  exit(0);', 'ends the process', true],
    ['if (process.env.NODE_TEST_CONTEXT) return;', 'knows its tests', true],
    ['if "PYTEST_CURRENT_TEST" in os.environ:', 'knows its tests', true],
    ['new Error().stack', 'knows its tests', true],
    ['assert.strictEqual = () => {};', 'touches assertions', true],
    ["require('node:assert')", 'touches assertions', true],
    ['globalThis.it = () => {};', 'touches assertions', true],
  ])('%s is shown', (text, kind, mayBlind) => {
    expect(what(text)).toEqual([kind, mayBlind]);
  });

  it.each([
    'const exits = doors.filter(isOpen);',
    'return company.anyOf(list);',
    'function many(x: string): anything {}',
    'const skipper = boats.skip;',
    'let only = list.at(0);',
    'export function process(x) { return x; }',
    'const testimony = "as anybody said";',
    'player.on_exit = true',
    'const stacked = a.stackedOn;',
    'def assertive(): return 1',
    '// see eslint.config.js',
    'type Anyone = string;',
    'fits(1, 2)',
    'exitCode = 1',
  ])('%s is nothing to show', (text) => {
    expect(what(text)).toEqual([]);
  });

  it.each(['process.exit(0)', "import test from 'node:test'", 'monkeypatch.setattr(a, "b", 1)'])(
    'of a test may be %s',
    (text) => {
      expect(what(text, true)).toEqual([]);
      expect(what(text)).toHaveLength(2);
    },
  );

  it('of a test is shown where it skips others', () => {
    expect(what('@pytest.mark.xfail', true)).toEqual(['skipped test', false]);
  });

  it('is shown once, cut, on one line, with file and line', () => {
    const text = `  // ${TS}-nocheck process.exit(0) \u001b[2J\u202e${'x'.repeat(500)}`;
    const [first, ...rest] = inFile('src/a.ts', text);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ path: 'src/a.ts', line: 3, what: 'suppression', mayBlind: true });
    expect(first?.text).toMatch(/^\/\/ @ts[-]nocheck process\.exit\(0\)/);
    expect(first?.text.length).toBeLessThanOrEqual(160);
    expect(first?.text).not.toMatch(/\p{Cc}|\u202e/u);
  });

  it('that may blind a check comes first, and only a hundred are shown', () => {
    const lines = [
      ...Array.from({ length: 150 }, (_, at) => ({ line: at + 1, text: 'x # noqa' })),
      { line: 200, text: 'process.exit(0)' },
    ];
    const found = suspiciousLines([{ path: 'a.js', isTest: false, lines }]);
    expect([found.length, found[0]?.line, found[1]?.line]).toEqual([100, 200, 1]);
  });
});
