import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { placeOf, sourceFiles, walk, type SourceFile } from './source-files.js';

const sources = sourceFiles('src');
const tests = sourceFiles('test').filter((file) => !file.path.startsWith('test/fixtures/'));

function lineCount(node: ts.Node, file: SourceFile): number {
  const lineOf = (position: number) => file.ast.getLineAndCharacterOfPosition(position).line;
  return lineOf(node.getEnd()) - lineOf(node.getStart(file.ast)) + 1;
}

function functionsOf(file: SourceFile): ts.FunctionLikeDeclaration[] {
  const found: ts.FunctionLikeDeclaration[] = [];
  walk(file.ast, (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      found.push(node as ts.FunctionLikeDeclaration);
    }
  });
  return found;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(
      (modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword,
    )
  );
}

function findAll(pattern: RegExp, files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}`] : [])),
  );
}

/** Lines of a file; the one door of a room of ten folders only lists names. */
const longest = (path: string): number => (path === 'src/domain/index.ts' ? 500 : 350);

describe('source files', () => {
  it('are seen at all', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(tests.length).toBeGreaterThan(5);
  });

  it('have at most 350 lines, tests 500', () => {
    const tooLong = [
      ...sources.filter(({ path, text }) => text.split('\n').length > 1 + longest(path)),
      ...tests.filter((file) => file.text.split('\n').length > 501),
    ];
    expect(tooLong.map((file) => file.path)).toEqual([]);
  });

  it('lie in folders of at most 20 files', () => {
    const folders = new Map<string, number>();
    for (const { path } of sources) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    expect(folders.size).toBeGreaterThan(30);
    expect([...folders].filter(([, files]) => files > 20)).toEqual([]);
  });

  it('have functions of at most 60 lines, 80 in workflows', () => {
    const tooLong = sources.flatMap((file) => {
      const cap = file.path.startsWith('src/workflows/') ? 80 : 60;
      return functionsOf(file)
        .filter((node) => lineCount(node, file) > cap)
        .map((node) => placeOf(file, node));
    });
    expect(tooLong).toEqual([]);
  });

  it('have functions of at most 3 parameters', () => {
    const tooMany = sources.flatMap((file) =>
      functionsOf(file)
        .filter((node) => node.parameters.length > 3)
        .map((node) => placeOf(file, node)),
    );
    expect(tooMany).toEqual([]);
  });

  it('document every export', () => {
    const exported = sources.flatMap((file) =>
      file.ast.statements.filter(isExported).map((statement) => ({ file, statement })),
    );
    expect(exported.length).toBeGreaterThan(200);
    const bare = exported
      .filter(({ statement }) => ts.getJSDocCommentsAndTags(statement).length === 0)
      .map(({ file, statement }) => placeOf(file, statement));
    expect(bare).toEqual([]);
  });

  it('throw typed errors only', () => {
    expect(findAll(/throw new (Error|TypeError|RangeError)\(/, sources)).toEqual([]);
  });

  it('switch no lint or type rule off', () => {
    // the words are put together here so that this file does not find itself
    const words = ['oxlint', 'eslint', 'biome'].map((tool) => `${tool}-disable`);
    const pattern = new RegExp(
      [...words, '@ts' + '-ignore', '@ts' + '-expect-error', '@ts' + '-nocheck'].join('|'),
    );
    expect(findAll(pattern, [...sources, ...tests])).toEqual([]);
  });

  it('carry no unfinished marks', () => {
    expect(findAll(new RegExp('TO' + 'DO|FIX' + 'ME|XX' + 'X'), sources)).toEqual([]);
  });

  it('read the environment in src/config only', () => {
    const readers = findAll(/^(?!\s*(\*|\/[/*])).*process\.env\b/, sources).filter(
      (place) => !place.startsWith('src/config/'),
    );
    expect(readers).toEqual([]);
  });

  it('use no file name that says nothing', () => {
    const vague = /(^|\/)(utils?|helpers?|misc|manager|common)(\/|\.ts$)/;
    expect(sources.map((file) => file.path).filter((path) => vague.test(path))).toEqual([]);
  });
});
