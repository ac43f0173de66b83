import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import { repository, sourceFiles } from './source-files.js';

/** Packages that the design names: each must do real work in src, from the start or when it is first needed. */
const NAMED_PACKAGES = [
  '@temporalio/client',
  '@temporalio/worker',
  '@temporalio/workflow',
  '@temporalio/envconfig',
  '@anthropic-ai/sdk',
  'openai',
  'node-vault',
  'zod',
  'express',
  'simple-git',
  'commander',
];

function valueImports(): Set<string> {
  const found = new Set<string>();
  for (const file of sourceFiles('src')) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [specifier] = node.arguments;
        if (specifier !== undefined && ts.isStringLiteral(specifier)) found.add(specifier.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(file.ast);
    for (const statement of file.ast.statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier))
        continue;
      if (statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
      found.add(statement.moduleSpecifier.text);
    }
  }
  return found;
}

describe('packages', () => {
  const imported = valueImports();

  it.each(NAMED_PACKAGES)('%s is imported by value in src', (name) => {
    const isUsed = [...imported].some(
      (specifier) => specifier === name || specifier.startsWith(`${name}/`),
    );
    expect(isUsed).toBe(true);
  });
});

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

describe('package-lock.json', () => {
  it('holds every optional package, else npm ci refuses it where a registry lacks one', () => {
    const text = readFileSync(join(repository, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as LockFile;
    const held = new Set(Object.keys(packages).map((path) => path.replace(/.*node_modules\//, '')));
    expect(held.size).toBeGreaterThan(100);
    const named = Object.values(packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    expect(named.filter((name) => !held.has(name))).toEqual([]);
  });
});
