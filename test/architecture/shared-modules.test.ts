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
  const top: TopOfModule = { names: new Set(), placed: new Set(), open: [] };
  for (const statement of file.ast.statements) {
    if (ts.isImportDeclaration(statement))
      for (const name of importedFromOurs(statement)) top.names.add(name);
    if (ts.isClassDeclaration(statement)) top.open.push(...statement.members.filter(isOpenStatic));
    if (ts.isVariableStatement(statement)) noteVariables(top, statement);
  }
  return top;
}

function importedFromOurs({ moduleSpecifier, importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  const isOurs = ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text.startsWith('.');
  if (!isOurs || bindings === undefined || !ts.isNamedImports(bindings)) return [];
  return bindings.elements.map(({ name }) => name.text);
}

function isOpenStatic(member: ts.ClassElement): boolean {
  if (!ts.isPropertyDeclaration(member)) return false;
  const kinds = (member.modifiers ?? []).map(({ kind }) => kind);
  return (
    kinds.includes(ts.SyntaxKind.StaticKeyword) && !kinds.includes(ts.SyntaxKind.ReadonlyKeyword)
  );
}

function noteVariables(top: TopOfModule, statement: ts.VariableStatement): void {
  if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) top.open.push(statement);
  for (const { name, initializer } of statement.declarationList.declarations) {
    if (!ts.isIdentifier(name)) continue;
    top.names.add(name.text);
    if (initializer !== undefined && hasPlace(initializer)) top.placed.add(name.text);
  }
}

function hasPlace(node: ts.Expression): boolean {
  return ts.isRegularExpressionLiteral(node) && /\/[a-z]*[gy][a-z]*$/.test(node.text);
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
  if (ts.isBinaryExpression(node)) return assigned(node);
  if (ts.isDeleteExpression(node)) return rootOf(node.expression);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  const { name, expression } = node.expression;
  const [target] = node.arguments;
  const isMerge = rootOf(expression) === 'Object' && name.text.startsWith('assign');
  if (isMerge) return target === undefined ? undefined : rootOf(target);
  return CHANGING.has(name.text) ? rootOf(expression) : undefined;
}

function assigned({ operatorToken: { kind }, left }: ts.BinaryExpression): string | undefined {
  const isAssignment =
    kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  // where a pattern starts is set before each use
  const isStart = ts.isPropertyAccessExpression(left) && left.name.text === 'lastIndex';
  return isAssignment && !isStart ? rootOf(left) : undefined;
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
