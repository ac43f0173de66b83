import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import { sourceFiles } from './source-files.js';

/** Packages that the design names: each must do real work in src. */
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
    for (const statement of file.ast.statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      if (statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
      found.add(statement.moduleSpecifier.text);
    }
  }
  return found;
}

describe('packages', () => {
  const imported = valueImports();

  it.each(NAMED_PACKAGES)('%s is imported by value in src', (name) => {
    const isUsed = [...imported].some((specifier) => specifier === name || specifier.startsWith(`${name}/`));
    expect(isUsed).toBe(true);
  });
});
