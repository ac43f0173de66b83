import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { sabotage } from '../../../../src/domain/proof/canaries/sabotage.js';
import type { Language } from '../../../../src/domain/proof/tools/tool-row.js';
import { findFunctions } from '../../../../src/platform/syntax/functions.js';

const namesIn = async (language: Language, text: string): Promise<string[]> =>
  (await findFunctions(language, text)).map(({ name }) => name);

describe('the functions of a source file', () => {
  it.each<[Language, string, string, string[]]>([
    [
      'javascript',
      'declarations and what they hold',
      'function a() { function inner() {} }\nasync function b() {}\nfunction* c() {}',
      ['a', 'b', 'c'],
    ],
    [
      'javascript',
      'short functions and values',
      'const a = () => 1;\nlet b = async (x) => { await x; };\nvar c = function () {};\nexports.d = (x) => ({ x });',
      ['a', 'b', 'c', 'exports.d'],
    ],
    [
      'javascript',
      'methods',
      'class A { constructor() {} get x() { return 1; } static y() {} #z() {} f = () => 1; }\nconst o = { m() {}, n: () => 1 };',
      ['constructor', 'x', 'y', '#z', 'f', 'm', 'n'],
    ],
    ['javascript', 'a default export', 'export default () => 1;', ['default']],
    [
      'typescript',
      'types, decorators and overloads',
      'export function a(x: string): void;\nexport function a(x: unknown): void {}\n@dec class A<T> { @dec m(x: T): T { return x; } abstract n(): void; }\nexport const b = <T,>(x: T): T => x;',
      ['a', 'm', 'b'],
    ],
    [
      'python',
      'methods, decorators and asynchronous ones',
      '@dec\ndef a(): return 1\nasync def b():\n    """Doc."""\n    return 2\nclass A:\n    @property\n    def c(self): pass',
      ['a', 'b', 'c'],
    ],
    [
      'go',
      'methods and generic ones',
      'package x\nfunc A() int { return 1 }\nfunc (s *S[T]) B() {}\nfunc C[T any](x T) T { return x }\n',
      ['A', 'B', 'C'],
    ],
    [
      'rust',
      'of implementations and traits',
      'pub fn a() -> i32 { 1 }\nimpl S { async fn b(&self) {} }\ntrait T { fn c(&self); fn d(&self) {} }',
      ['a', 'b', 'd'],
    ],
    [
      'cpp',
      'templates, methods and constructors',
      'int a(int x) { return x; }\ntemplate <class T> T b(T x) { return x; }\nstruct S { S() {} int c() const { return 1; } };\nint S::d() { return 2; }',
      ['a', 'b', 'S', 'c', 'S::d'],
    ],
    [
      'java',
      'constructors and methods',
      'class A { A() {} int b() { return 1; } static <T> T c(T x) { return x; } abstract void d(); }',
      ['A', 'b', 'c'],
    ],
    [
      'ruby',
      'of classes and their own',
      'class A\n  def a\n    1\n  end\n  def self.b(x)\n    x\n  end\nend',
      ['a', 'b'],
    ],
    [
      'php',
      'and methods',
      '<?php\nfunction a(): int { return 1; }\nclass B { public function c() {} }',
      ['a', 'c'],
    ],
  ])('%s: %s', async (...[language, , text, names]) => {
    expect(await namesIn(language, text)).toEqual(names);
  });

  it.each<[Language, string]>([
    ['javascript', 'function ( { ) => } class'],
    ['python', 'def (:\n\t  def'],
    ['go', 'func func func {{{{'],
    ['rust', '\u0000\u{fffd}fn fn'],
    ['cpp', '#include <<<<<< int ('],
    ['php', ''],
    ['ruby', 'end end def'],
  ])('%s: of a broken one no more than it has', async (language, text) => {
    for (const { start, end } of await findFunctions(language, text))
      expect([start >= 0, end <= text.length, start <= end]).toEqual([true, true, true]);
  });

  it('are not sought in a file that nobody wrote, or for long', async () => {
    expect(await namesIn('javascript', `function a() {}\n${' '.repeat(512 * 1024)}`)).toEqual([]);
    for (const text of [
      '['.repeat(200_000),
      '('.repeat(100_000),
      'a=>'.repeat(60_000),
      '{'.repeat(150_000),
    ])
      expect(Array.isArray(await findFunctions('javascript', text))).toBe(true);
  });
});

/** Every function of the source fails with a token of its own, and what calls one of them shows it. */
async function broken(
  language: Language,
  text: string,
): Promise<{ text: string; tokens: Map<string, string> }> {
  const functions = await findFunctions(language, text);
  const tokens = new Map(functions.map(({ name }, at) => [name, `kabcz${at}e`]));
  return { text: sabotage({ path: 'a', language, text, functions }, tokens) ?? '', tokens };
}

describe('a source whose functions are broken', () => {
  it.each<[string, string, string]>([
    ['add', 'a block', 'function add(a, b) { return a + b; }\nadd(1, 2);'],
    ['add', 'an expression', 'const add = (a, b) => a + b;\nadd(1, 2);'],
    ['add', 'an object', 'const add = (a) => ({ a });\nadd(1);'],
    ['add', 'a short function that gives another', 'const add = (a) => (b) => a + b;\nadd(1)(2);'],
    ['m', 'a method', 'class A { m() { return 1; } }\nnew A().m();'],
    ['m', 'a generator', 'const o = { *m() { yield 1; } };\n[...o.m()];'],
    [
      'a',
      'an asynchronous one',
      'async function a() {}\na().catch((error) => { console.error(error.message); process.exit(1); });',
    ],
    [
      'constructor',
      'a derived constructor',
      'class A {}\nclass B extends A { constructor() { super(); } }\nnew B();',
    ],
    ['é', 'a name and text beyond ASCII', "const x = '𝒳é';\nfunction é() { return x; }\né();"],
  ])('JavaScript: %s, %s', async (name, _, text) => {
    const source = await broken('javascript', text);
    const { status, stderr } = spawnSync('node', ['-e', source.text], { encoding: 'utf8' });
    expect({ status, shown: stderr.includes(source.tokens.get(name) ?? 'none') }).toEqual({
      status: 1,
      shown: true,
    });
  });

  it.each<[string, string, string]>([
    ['a', 'a block', 'def a():\n    return 1\na()\n'],
    ['a', 'a line', 'def a(): return 1\na()\n'],
    ['a', 'a docstring', 'def a():\n    """Doc."""\n    return 1\na()\n'],
    ['a', 'a comment first', 'def a():\n    # why\n    return 1\na()\n'],
    ['a', 'tabs', 'def a():\n\tif 1:\n\t\treturn 1\na()\n'],
    [
      'm',
      'a method behind a decorator',
      'class A:\n    @property\n    def m(self):\n        return 1\nA().m\n',
    ],
    [
      'a',
      'an asynchronous one',
      'import asyncio\nasync def a():\n    return 1\nasyncio.run(a())\n',
    ],
    ['a', 'text beyond ASCII', 'X = "𝒳é"\ndef a():\n    return X\na()\n'],
  ])('Python: %s, %s', async (name, _, text) => {
    const source = await broken('python', text);
    const { status, stderr } = spawnSync('python3', ['-c', source.text], { encoding: 'utf8' });
    expect({ status, shown: stderr.includes(source.tokens.get(name) ?? 'none') }).toEqual({
      status: 1,
      shown: true,
    });
  });

  it.each<[Language, string, string]>([
    ['go', 'func A() int { return 1 }', 'func A() int { if true { panic("kabcz0e") }; return 1 }'],
    [
      'rust',
      'pub async fn a() -> i32 { 1 }',
      'pub async fn a() -> i32 { if true { panic!("kabcz0e") }; 1 }',
    ],
    [
      'java',
      'class A { A() { } }',
      'class A { A() { if (true) { class kabcz0e extends RuntimeException { kabcz0e() { super("kabcz0e"); } } throw new kabcz0e(); } } }',
    ],
    [
      'php',
      '<?php function a() { return 1; }',
      "<?php function a() { throw new \\RuntimeException('kabcz0e'); return 1; }",
    ],
    ['ruby', 'def a\n  1\nend', "def a\n  raise 'kabc' + 'z0e'\n  1\nend"],
    [
      'cpp',
      'int a() { return 1; }',
      '#include <stdio.h>\n#include <stdlib.h>\nint a() { fputs("kabcz0e\\n", stderr); _Exit(1); return 1; }',
    ],
  ])('%s: %s', async (language, text, wanted) => {
    expect((await broken(language, text)).text).toBe(wanted);
  });

  it('is left alone where none of the functions was asked for', async () => {
    const functions = await findFunctions('javascript', 'function a() {}');
    const source = {
      path: 'a.js',
      language: 'javascript',
      text: 'function a() {}',
      functions,
    } as const;
    expect(sabotage(source, new Map([['b', 'kz']]))).toBeUndefined();
  });
});
