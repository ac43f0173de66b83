import { describe, expect, it } from 'vitest';
import { readTree } from '../../../../src/platform/syntax/read-tree.js';
import { findSymbols } from '../../../../src/platform/syntax/symbols.js';
import type { Language } from '../../../../src/domain/index.js';

const CASES: readonly (readonly [Language, string, readonly string[]])[] = [
  [
    'javascript',
    'function f() {\n  function inner() {\n  }\n}\nclass A {\n  m() {\n  }\n}\n',
    ['function f 0-3', 'class A 4-7', 'method A.m 5-6'],
  ],
  [
    'typescript',
    'export interface I {\n  x: number;\n}\nexport const f = () => {\n  return 1;\n};\n',
    ['interface I 0-2', 'variable f 3-5'],
  ],
  ['python', '@cached\ndef f():\n    pass\n', ['function f 1-2']],
  [
    'go',
    'package a\n\ntype T struct {\n\tx int\n}\n\nfunc F() {\n}\n',
    ['type T 2-4', 'function F 6-7'],
  ],
  [
    'rust',
    'impl Shape {\n    fn area(&self) -> u32 {\n        1\n    }\n}\n',
    ['impl Shape 0-4', 'function Shape.area 1-3'],
  ],
  [
    'cpp',
    'namespace n {\nint area(int side) {\n  return side;\n}\n}\n',
    ['namespace n 0-4', 'function n.area 1-3'],
  ],
  ['java', 'class A {\n  int f() {\n    return 1;\n  }\n}\n', ['class A 0-4', 'method A.f 1-3']],
  [
    'ruby',
    'module M\n  class A\n    def f\n      1\n    end\n  end\nend\n',
    ['module M 0-6', 'class M.A 1-5', 'method M.A.f 2-4'],
  ],
  [
    'php',
    '<?php\nclass A {\n  function f() {\n    return 1;\n  }\n}\n',
    ['class A 1-5', 'method A.f 2-4'],
  ],
];

describe('symbols', () => {
  it.each(CASES)('of %s are found with what they stand in', async (language, text, wanted) => {
    const found = (await findSymbols(language, text)) ?? [];
    expect(
      found.map(
        ({ name, kind, inside, firstLine, lastLine }) =>
          `${kind} ${[...inside, name].join('.')} ${firstLine}-${lastLine}`,
      ),
    ).toEqual(wanted);
  });

  it('of broken text are what can be read, and of a huge one none', async () => {
    expect(
      (await findSymbols('typescript', 'function f() {\n  return (\n}\nfunction g() {\n}\n'))?.map(
        ({ name }) => name,
      ),
    ).toContain('f');
    expect(await findSymbols('typescript', 'x'.repeat(600_000))).toBeUndefined();
    expect(await readTree('go', 'package a\n', (root) => root.type)).toBe('source_file');
  });
});
