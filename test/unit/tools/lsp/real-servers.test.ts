import { cp, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../../../src/platform/process/find-executable.js';
import { editTool } from '../../../../src/tools/files/edit.js';
import { createReview } from '../../../../src/tools/lsp/review.js';
import type { ToolOutput } from '../../../../src/tools/tool.js';
import { lspBench, type LspBench } from '../../../support/lsp-bench.js';
import { callTool, toolContext } from '../../../support/tool-context.js';

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

interface RealBench extends LspBench {
  edit(path: string, old: string, now: string): Promise<ToolOutput>;
}

/** A workspace whose own packages hold these programs. */
async function realBench(
  files: Readonly<Record<string, string>>,
  packages: Readonly<Record<string, string>> = {},
): Promise<RealBench> {
  const bench = await lspBench(files, 'real');
  const { root } = bench.workspace;
  for (const [name, program] of Object.entries(packages)) {
    await mkdir(join(root, 'node_modules/.bin'), { recursive: true });
    // A copy: where this repository lies in /tmp, the sandbox has another one.
    await cp(join(MODULES, name), join(root, 'node_modules', name), { recursive: true });
    const link = join('.bin', program);
    if (program !== '')
      await symlink(await readlink(join(MODULES, link)), join(root, 'node_modules', link));
  }
  const review = createReview({ pool: bench.pool, waitMs: 60_000 });
  let step = 100;
  return {
    ...bench,
    edit(path, old, now) {
      step += 1;
      const input = { path, old_string: old, new_string: now };
      const changes = { step: { scope: 'test', step, index: 0 }, followUps: { review } };
      return callTool(editTool, input, toolContext(bench.workspace, changes));
    },
  };
}

async function put({ workspace }: LspBench, path: string, text: string): Promise<void> {
  const file = join(workspace.root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

describe('typescript-language-server', () => {
  const FILES = {
    'tsconfig.json': '{"compilerOptions":{"strict":true,"module":"nodenext","target":"es2022"}}',
    'package.json': '{"type":"module"}',
    'src/shape.ts':
      'export interface Shape {\n  readonly side: number;\n}\nexport function area(shape: Shape): number {\n  return shape.side ** 2;\n}\n',
    'src/use.ts':
      "import { area } from './shape.js';\nexport function twice(side: number): number {\n  return 2 * area({ side });\n}\n",
  };
  const PACKAGES = {
    'typescript-language-server': 'typescript-language-server',
    typescript: 'tsc',
  };

  it('answers every action', async () => {
    const bench = await realBench(FILES, PACKAGES);
    const ask = async (action: string, more: object = {}) =>
      (await bench.call({ action, path: 'src/use.ts', line: 3, symbol: 'area', ...more })).text;
    expect(await ask('definition')).toContain(
      'src/shape.ts:4:17: export function area(shape: Shape): number {',
    );
    expect((await ask('references')).split('\n')).toHaveLength(3);
    expect(await ask('hover')).toContain('area(shape: Shape): number');
    expect(await ask('document_symbols', { path: 'src/shape.ts' })).toContain('interface Shape');
    expect(await ask('workspace_symbols', { query: 'twice' })).toContain(
      'src/use.ts:2: function twice',
    );
    expect(await ask('implementation', { path: 'src/shape.ts', line: 4 })).toContain(
      'src/shape.ts:4:17',
    );
    expect(await ask('completion', { path: 'src/shape.ts', line: 5, symbol: 'side' })).toContain(
      'side',
    );
    expect(await ask('prepare_call_hierarchy')).toContain('area src/shape.ts:4:17');
    expect(await ask('incoming_calls')).toContain('twice src/use.ts:2:17');
    expect(await ask('outgoing_calls', { line: 2, symbol: 'twice' })).toContain(
      'area src/shape.ts:4:17',
    );
    expect(await ask('diagnostics')).toBe('No errors and no warnings.');
  }, 120_000);

  it('renames across files', async () => {
    const bench = await realBench(FILES, PACKAGES);
    const { text } = await bench.rename({
      path: 'src/use.ts',
      line: 3,
      symbol: 'area',
      new_name: 'surface',
    });
    expect(text.split('\n').toSorted()).toEqual([
      'Renamed area to surface in 2 files:',
      'src/shape.ts: 1 place',
      'src/use.ts: 2 places',
    ]);
    expect((await bench.call({ action: 'diagnostics', path: 'src/use.ts' })).text).toBe(
      'No errors and no warnings.',
    );
  }, 120_000);

  it('tells of each edit exactly what it brought, and sees what commands changed', async () => {
    const bench = await realBench(
      { ...FILES, 'src/n.ts': 'export const n0: number = 0;\n' },
      PACKAGES,
    );
    for (let at = 1; at <= 20; at += 1) {
      const { text } = await bench.edit(
        'src/n.ts',
        `n${at - 1}: number = ${at === 1 ? '0' : `'x${at - 1}'`}`,
        `n${at}: number = 'x${at}'`,
      );
      if (at === 1)
        expect(text).toContain(
          "src/n.ts:1:14 error: Type 'string' is not assignable to type 'number'. (ts 2322)",
        );
      else expect(text).not.toContain('error:');
      // what was wrong before is no news; a new name is
      const { text: broken } = await bench.edit('src/n.ts', ';\n', `;\nmissing${at};\n`);
      expect(broken).toContain(`Cannot find name 'missing${at}'`);
      expect(broken.match(/error:/g)).toHaveLength(1);
      expect((await bench.edit('src/n.ts', `missing${at};\n`, '')).text).not.toContain('error:');
    }
    await put(bench, 'src/made.ts', 'export const made = 1;\n');
    const { text } = await bench.edit(
      'src/n.ts',
      'export const',
      "import { made } from './made.js';\nvoid made;\nexport const",
    );
    expect(text).not.toContain('error:');
    await put(bench, 'src/made.ts', 'export const other = 1;\n');
    expect((await bench.call({ action: 'diagnostics', path: 'src/n.ts' })).text).toContain(
      "no exported member 'made'",
    );
  }, 240_000);
});

describe('pyright', () => {
  it('answers, renames, and tells what an edit brought', async () => {
    const bench = await realBench(
      {
        'shape.py': 'def area(side: int) -> int:\n    return side * side\n',
        'use.py':
          'from shape import area\n\n\ndef twice(side: int) -> int:\n    return 2 * area(side)\n',
      },
      { pyright: 'pyright-langserver' },
    );
    const definition = await bench.call({
      action: 'definition',
      path: 'use.py',
      line: 5,
      symbol: 'area',
    });
    expect(definition.text).toContain('shape.py:1:5: def area(side: int) -> int:');
    const { text } = await bench.edit('use.py', 'area(side)', 'area("side")');
    expect(text).toContain('1 new error after this change:');
    expect(text).toMatch(/use\.py:5:21 error: Argument of type/);
    expect((await bench.edit('use.py', 'area("side")', 'area(side)')).text).not.toContain('error:');
    const renamed = await bench.rename({
      path: 'use.py',
      line: 5,
      symbol: 'area',
      new_name: 'surface',
    });
    expect(renamed.text).toContain('Renamed area to surface in 2 files');
  }, 240_000);
});

describe.skipIf(findExecutable('clangd') === undefined)('clangd', () => {
  it('answers, renames, and tells what an edit brought', async () => {
    const bench = await realBench({
      'shape.h': 'int area(int side);\n',
      'shape.cpp':
        '#include "shape.h"\nint area(int side) {\n  return side * side;\n}\nint main() { return area(2); }\n',
    });
    const definition = await bench.call({
      action: 'definition',
      path: 'shape.cpp',
      line: 5,
      symbol: 'area',
    });
    expect(definition.text).toContain('shape.cpp:2:5: int area(int side) {');
    const { text } = await bench.edit('shape.cpp', 'area(2)', 'arena(2)');
    expect(text).toMatch(/shape\.cpp:5:21 error: Use of undeclared identifier 'arena'/);
    expect((await bench.edit('shape.cpp', 'arena(2)', 'area(3)')).text).not.toContain('error:');
    const renamed = await bench.rename({
      path: 'shape.cpp',
      line: 2,
      symbol: 'side',
      new_name: 'edge',
    });
    expect(renamed.text).toContain('Renamed side to edge in 1 file');
  }, 240_000);
});
