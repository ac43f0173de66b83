import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { placeOf, sourceFiles, walk, type SourceFile } from './source-files.js';

/** Methods that change what they are called on. */
const CHANGING = new Set(
  'add clear copyWithin delete fill pop push reverse set shift sort splice unshift'.split(' '),
);

interface TopOfModule {
  /** What it declares there and what it imports from others of ours. */
  readonly names: Set<string>;
  /** Patterns that keep their place in themselves. */
  readonly placed: Set<string>;
  /** What can be assigned to. */
  readonly open: ts.Node[];
}

/** What stands at the top of a module, where every workflow of a worker sees it. */
function topOf(file: SourceFile): TopOfModule {
  const names = new Set<string>();
  const placed = new Set<string>();
  const open: ts.Node[] = [];
  for (const statement of file.ast.statements) {
    if (ts.isImportDeclaration(statement)) {
      const { moduleSpecifier, importClause } = statement;
      const bindings = importClause?.namedBindings;
      const isOurs = ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text.startsWith('.');
      if (isOurs && bindings !== undefined && ts.isNamedImports(bindings))
        for (const { name } of bindings.elements) names.add(name.text);
    }
    if (ts.isClassDeclaration(statement))
      open.push(
        ...statement.members.filter(
          (member) =>
            ts.isPropertyDeclaration(member) &&
            member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true &&
            !member.modifiers.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword),
        ),
      );
    if (!ts.isVariableStatement(statement)) continue;
    const isConstant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!isConstant) open.push(statement);
      if (!ts.isIdentifier(name)) continue;
      names.add(name.text);
      if (initializer !== undefined && ts.isRegularExpressionLiteral(initializer))
        if (/\/[a-z]*[gy][a-z]*$/.test(initializer.text)) placed.add(name.text);
    }
  }
  return { names, placed, open };
}

/** The name at the beginning of `a.b[c].d`; undefined for anything else. */
function rootOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return rootOf(node.expression);
  return undefined;
}

/** What a node changes, if it changes anything that has a name. */
function changedBy(node: ts.Node): string | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isAssignment =
      kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    // where a pattern starts is set before each use
    const isStart = ts.isPropertyAccessExpression(node.left) && node.left.name.text === 'lastIndex';
    return isAssignment && !isStart ? rootOf(node.left) : undefined;
  }
  if (ts.isDeleteExpression(node)) return rootOf(node.expression);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  const { name, expression } = node.expression;
  const [target] = node.arguments;
  const isMerge = rootOf(expression) === 'Object' && name.text.startsWith('assign');
  if (isMerge && target !== undefined) return rootOf(target);
  return CHANGING.has(name.text) ? rootOf(expression) : undefined;
}

/** The pattern with a place of its own that a node looks on with; `replace` and `matchAll` begin at the beginning. */
function lookedOnWith(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  const { name, expression } = node.expression;
  return name.text === 'test' || name.text === 'exec' ? rootOf(expression) : undefined;
}

describe('modules that workflows load', () => {
  const files = ['src/workflows', 'src/domain', 'src/contracts'].flatMap(sourceFiles);

  it('keep nothing at their top that one workflow could leave there for another', () => {
    expect(files.length).toBeGreaterThan(200);
    const offenders: string[] = [];
    for (const file of files) {
      const { names, placed, open } = topOf(file);
      offenders.push(...open.map((node) => placeOf(file, node)));
      walk(file.ast, (node) => {
        const changed = changedBy(node);
        const looked = lookedOnWith(node);
        const isSet = looked !== undefined && file.text.includes(`${looked}.lastIndex = `);
        if (changed !== undefined && names.has(changed)) offenders.push(placeOf(file, node));
        if (looked !== undefined && placed.has(looked) && !isSet)
          offenders.push(placeOf(file, node));
      });
    }
    expect(offenders).toEqual([]);
  });
});
