// npm run figures [-- --write]: the shape of this repository in figures, as a table; --write puts it into docs/architecture.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/architecture.md');
const BEGIN = '<!-- figures: npm run figures -- --write -->';
const END = '<!-- end of figures -->';

const sources = read('src');
const tests = read('test').filter(({ path }) => !path.startsWith('test/fixtures/'));
const rows = [
  ['all of src', sources],
  ...rooms(sources).map(([name, files]) => [`\`${name}\``, files]),
];
const header = [
  'code',
  'files',
  'lines med/p90/max',
  'fn med/p90/p99/max',
  'fn > 60',
  '> 3 params',
  'comment lines',
  'exports with doc',
  '`any`, `as` per 1k',
  'throws bare:typed',
  'tests : source',
];
const table = [
  header,
  header.map(() => '---'),
  ...rows.map(([name, files]) => [name, ...figuresOf(files, name === 'all of src')]),
]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n');

if (process.argv.includes('--write')) {
  const text = readFileSync(page, 'utf8');
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  writeFileSync(page, `${before}\n\n${table}\n\n${after}`);
}
process.stdout.write(`${table}\n`);

/** Every TypeScript file below a folder, parsed. */
function read(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const ast = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      return { path: file.slice(root.length), text, ast, lines: text.split('\n').length - 1 };
    });
}

function rooms(files) {
  const byRoom = new Map();
  for (const file of files) {
    const room = file.path.split('/').slice(0, 2).join('/');
    byRoom.set(room, [...(byRoom.get(room) ?? []), file]);
  }
  return [...byRoom].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function figuresOf(files, isWhole) {
  const lines = files.map((file) => file.lines);
  const total = sum(lines);
  const functions = files.flatMap(functionsOf);
  const lengths = functions.map(({ length }) => length);
  const exported = files.flatMap(exportsOf);
  const count = (kind) => sum(files.map((file) => countOf(file, kind)));
  const perThousand = (value) => ((value / total) * 1000).toFixed(1);
  const throws = files.flatMap(throwsOf);
  return [
    files.length,
    `${at(lines, 0.5)}/${at(lines, 0.9)}/${Math.max(...lines)}`,
    `${at(lengths, 0.5)}/${at(lengths, 0.9)}/${at(lengths, 0.99)}/${Math.max(0, ...lengths)}`,
    percent(lengths.filter((length) => length > 60).length, lengths.length),
    percent(functions.filter(({ parameters }) => parameters > 3).length, functions.length),
    percent(sum(files.map(commentLines)), total),
    percent(exported.filter(Boolean).length, exported.length),
    `${perThousand(count(ts.SyntaxKind.AnyKeyword))}, ${perThousand(sum(files.map(castsOf)))}`,
    `${throws.filter((name) => name === 'Error').length}:${throws.filter((name) => name !== 'Error').length}`,
    isWhole ? (sum(tests.map((file) => file.lines)) / total).toFixed(2) : '–',
  ];
}

function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function functionsOf({ ast }) {
  const found = [];
  walk(ast, (node) => {
    if (!ts.isFunctionLike(node) || node.body === undefined) return;
    const line = (position) => ast.getLineAndCharacterOfPosition(position).line;
    found.push({
      length: line(node.getEnd()) - line(node.getStart(ast)) + 1,
      parameters: node.parameters.length,
    });
  });
  return found;
}

/** For each export that is declared here: whether it has a docstring. */
function exportsOf({ ast }) {
  return ast.statements
    .filter(
      (statement) =>
        ts.canHaveModifiers(statement) &&
        ts
          .getModifiers(statement)
          ?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword),
    )
    .map((statement) => ts.getJSDocCommentsAndTags(statement).length > 0);
}

function countOf({ ast }, kind) {
  let found = 0;
  walk(ast, (node) => {
    if (node.kind === kind) found += 1;
  });
  return found;
}

/** Casts; `as const` is none. */
function castsOf({ ast }) {
  let found = 0;
  walk(ast, (node) => {
    if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) found += 1;
  });
  return found;
}

function throwsOf({ ast }) {
  const found = [];
  walk(ast, (node) => {
    if (ts.isThrowStatement(node) && node.expression && ts.isNewExpression(node.expression))
      found.push(node.expression.expression.getText(ast));
  });
  return found;
}

function commentLines({ text }) {
  const scanner = ts.createScanner(
    ts.ScriptTarget.Latest,
    false,
    ts.LanguageVariant.Standard,
    text,
  );
  const lines = new Set();
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment =
      token === ts.SyntaxKind.SingleLineCommentTrivia ||
      token === ts.SyntaxKind.MultiLineCommentTrivia;
    if (!isComment) continue;
    const first = text.slice(0, scanner.getTokenStart()).split('\n').length;
    const span = scanner.getTokenText().split('\n').length;
    for (let line = first; line < first + span; line += 1) lines.add(line);
  }
  return lines.size;
}

function sum(values) {
  return values.reduce((left, right) => left + right, 0);
}

function at(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function percent(part, whole) {
  return whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`;
}
