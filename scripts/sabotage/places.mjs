// Where a source can be broken on purpose, one small change each: what a person gets wrong.
import ts from 'typescript';

const OPPOSITE = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
]);

/** Every place of a source with its change: `{ start, end, text, line, what }`. */
export function placesIn(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const places = [];
  const add = (node, text, what) => {
    const start = node.getStart(file);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    places.push({ path, start, end: node.getEnd(), text, line, what });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node)) return;
    const change = changeOf(node);
    if (change !== undefined) add(change.node, change.text, change.what);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return places;
}

/** The change of one node; the first that fits. */
function changeOf(node) {
  for (const make of CHANGES) {
    const change = make(node);
    if (change !== undefined) return change;
  }
  return undefined;
}

const CHANGES = [
  (node) => {
    const text = ts.isBinaryExpression(node) ? OPPOSITE.get(node.operatorToken.kind) : undefined;
    if (text === undefined) return undefined;
    return {
      node: node.operatorToken,
      text,
      what: `${node.operatorToken.getText()} becomes ${text}`,
    };
  },
  (node) =>
    ts.isIfStatement(node)
      ? { node: node.expression, text: 'false', what: 'the condition is false' }
      : undefined,
  (node) =>
    ts.isConditionalExpression(node)
      ? { node: node.condition, text: 'true', what: 'the condition is true' }
      : undefined,
  (node) =>
    ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken
      ? { node, text: `(${node.operand.getText()})`, what: 'not is left out' }
      : undefined,
  (node) =>
    ts.isNumericLiteral(node)
      ? { node, text: `(${node.getText()} + 1)`, what: `${node.getText()} is one more` }
      : undefined,
  (node) =>
    ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)
      ? { node, text: ';', what: 'the call is left out' }
      : undefined,
  (node) =>
    ts.isReturnStatement(node) && node.expression !== undefined
      ? { node: node.expression, text: '(undefined)', what: 'nothing is returned' }
      : undefined,
];
