import { join, posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { sourceFiles, walk, type SourceFile } from './source-files.js';

/** Rooms of which every module is named by a test of its own. */
const ROOMS = ['activities', 'cli', 'tools', 'workflows'];
/** Only gather exports, start a process or a thread, or hold types of a package: nothing of their own can be asserted. */
const PLAIN = /\/(index|entry|main)\.ts$|\.d\.ts$/;

/** Modules that no test imports, with the reason. This list only ever gets shorter. */
const UNNAMED: readonly string[] = [
  // Flags as types alone.
  'src/cli/auth/options.ts',
];

/** The modules that `file` imports, as paths from the repository's root. */
function importsOf(file: SourceFile): string[] {
  const found: string[] = [];
  const add = (specifier: ts.Node | undefined): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    if (!specifier.text.startsWith('.')) return;
    found.push(posix.join(posix.dirname(file.path), specifier.text).replace(/\.js$/, '.ts'));
  };
  walk(file.ast, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0]);
  });
  return found;
}

const modules = ROOMS.flatMap((room) => sourceFiles(join('src', room)))
  .map(({ path }) => path)
  .filter((path) => !PLAIN.test(path));
const tests = sourceFiles('test').filter(({ path }) => path.endsWith('.test.ts'));
const named = new Set(tests.flatMap(importsOf));

describe('the modules of workflows, tools, cli and activities', () => {
  it('are seen, as are the tests', () => {
    for (const room of ROOMS)
      expect(modules.filter((path) => path.startsWith(`src/${room}/`)).length).toBeGreaterThan(15);
    expect(tests.length).toBeGreaterThan(150);
    expect(named).toContain('src/tools/registry.ts');
  });

  it('are each named by a test, but for those that are listed with a reason', () => {
    expect(modules.filter((path) => !named.has(path)).toSorted()).toEqual(UNNAMED.toSorted());
  });

  it('are listed as unnamed only while they exist', () => {
    expect(UNNAMED.filter((path) => !modules.includes(path))).toEqual([]);
    expect(UNNAMED.length).toBeLessThanOrEqual(1);
  });
});
