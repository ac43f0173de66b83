import { parse, type Node, type Program } from 'acorn';
import { independentLoops, type Edit } from './independent-loops.js';

/** A cell as it runs, or why it cannot. */
export type CellSource = { readonly code: string } | { readonly problem: string };

/** Names that no cell may take for something else. */
const FROZEN = new Set(['context', 'print', 'llm_query', 'rlm_query', 'FINAL', 'FINAL_VAR', 'rlm']);
/** Calls whose result is shown where they stand alone on a line, as on a command line. */
const COMMANDS = new Set([
  'head',
  'tail',
  'grep',
  'count',
  'slice',
  'lines',
  'chunks',
  'records',
  'outline',
  'entries',
  'llm_query',
  'rlm_query',
  'map',
  'vote',
]);

/** Begins code that is commands, one a line, and not a program. */
export const COMMANDS_ONLY = '//# commands\n';

/** Stands between two pieces of code of one reply. */
export const NEXT_CELL = '\n;// next cell\n';

/** What the code of a reply runs as, piece by piece; the value of the last expression is shown. Pure. */
export function cellSource(code: string): CellSource {
  const pieces = code.split(NEXT_CELL).map(pieceSource);
  const bad = pieces.find((piece) => 'problem' in piece);
  if (bad !== undefined) return bad;
  return { code: pieces.map((piece) => ('code' in piece ? piece.code : '')).join('\n;\n') };
}

/**
 * What a cell runs as: names that it declares stay for the next cells, results of bare commands and of the last expression are shown, and
 * loops whose turns do not depend on each other ask their questions side by side. Pure.
 */
function pieceSource(given: string): CellSource {
  const code = given.startsWith(COMMANDS_ONLY) ? (commandLines(given) ?? given) : given;
  let program: Program;
  try {
    program = parse(code, {
      ecmaVersion: 2023,
      sourceType: 'script',
      allowAwaitOutsideFunction: true,
    });
  } catch (error) {
    const lines = commandLines(code);
    if (lines !== undefined) return pieceSource(lines);
    return { problem: syntaxProblem(code, error) };
  }
  const taken = declaredNames(program).find((name) => FROZEN.has(name));
  if (taken !== undefined)
    return { problem: `${taken} is read-only: choose another name for your variable` };
  const edits = [
    ...program.body.flatMap((statement, index) =>
      statementEdits(statement, { code, isLast: index === program.body.length - 1 }),
    ),
    ...independentLoops(program),
  ];
  return { code: applied(code, edits) };
}

function statementEdits(
  statement: Node,
  { code, isLast }: { readonly code: string; readonly isLast: boolean },
): Edit[] {
  const { start, end } = statement;
  const found = statement as unknown as TopLevel;
  switch (found.type) {
    case 'VariableDeclaration':
      // declared anew in a later cell, it is the same name
      return found.kind === 'var' ? [] : [{ start, end: start + found.kind.length, text: 'var' }];
    case 'ClassDeclaration':
      return [
        { start, end: start, text: `var ${found.id.name} = ` },
        { start: end, end, text: ';' },
      ];
    case 'ExpressionStatement':
      return shown(found.expression, { code, isLast });
    default:
      return [];
  }
}

type TopLevel =
  | { readonly type: 'VariableDeclaration'; readonly kind: 'var' | 'let' | 'const' }
  | { readonly type: 'ClassDeclaration'; readonly id: { readonly name: string } }
  | { readonly type: 'ExpressionStatement'; readonly expression: Expression }
  | { readonly type: 'Other' };

type Expression = Node & {
  readonly callee?: { readonly type: string; readonly name?: string };
  readonly argument?: Expression;
};

/** A bare command shows what it gives; the last expression of a cell as well, when nothing else was shown. */
function shown(
  expression: Expression,
  { code, isLast }: { readonly code: string; readonly isLast: boolean },
): Edit[] {
  const { start, end, type } = expression;
  const inner = type === 'AwaitExpression' ? expression.argument : expression;
  const isCommand =
    inner?.type === 'CallExpression' &&
    inner.callee?.type === 'Identifier' &&
    COMMANDS.has(inner.callee.name ?? '');
  const isValue =
    isLast && type !== 'AssignmentExpression' && !/^\s*['"]use /.test(code.slice(start));
  if (!isCommand && !isValue) return [];
  return [
    { start, end: start, text: isCommand ? 'print(await (' : 'rlm.last(await (' },
    { start: end, end, text: '))' },
  ];
}

function declaredNames(program: Program): string[] {
  return program.body.flatMap((statement) => {
    if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration')
      return [statement.id.name];
    if (statement.type !== 'VariableDeclaration') return [];
    return statement.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  });
}

function applied(code: string, edits: readonly Edit[]): string {
  let text = code;
  // from behind; what is added at one place stands in the order of the edits
  const ordered = edits
    .map((edit, order) => ({ ...edit, order }))
    .toSorted((left, right) => right.start - left.start || right.order - left.order);
  for (const { start, end, text: added } of ordered)
    text = `${text.slice(0, start)}${added}${text.slice(end)}`;
  return text;
}

function syntaxProblem(code: string, error: unknown): string {
  const { message, loc } = error as { message: string; loc?: { line: number } };
  const line =
    loc === undefined ? '' : `: ${code.split('\n')[loc.line - 1]?.trim().slice(0, 160) ?? ''}`;
  const hint = looksLikePython(code)
    ? '. This REPL runs JavaScript, and this looks like Python: write it again in JavaScript'
    : '';
  return `SyntaxError: ${message}${line}${hint}`;
}

const PYTHON_LINE = /^(?:def |for |if |elif |else:|while |try:|except|with |class )/;
const PYTHON_WORD = /^(?:import \w+$|from \w+ import |print\(f["'])/;

/** A language that models know from other REPLs. */
function looksLikePython(code: string): boolean {
  return code
    .split('\n')
    .map((line) => line.trim())
    .some((line) => PYTHON_WORD.test(line) || (line.endsWith(':') && PYTHON_LINE.test(line)));
}

/**
 * Commands one a line, as models write them without minding quotes: `FINAL("He said "no"")`. The argument reaches to the last bracket of
 * its line. Undefined where a line is none.
 */
function commandLines(code: string): string | undefined {
  const lines = code.split('\n').map((line) => line.trim());
  const made = lines
    .filter((line) => line !== '' && !line.startsWith('//') && !line.startsWith('#'))
    .map(commandLine);
  if (made.length === 0 || made.includes(undefined)) return undefined;
  const source = made.join('\n');
  try {
    parse(source, { ecmaVersion: 2023 });
    return source;
  } catch {
    return undefined;
  }
}

const LINE_COMMANDS = new Set([...COMMANDS, 'print', 'FINAL', 'FINAL_VAR']);

/** `name = command(argument)` or `command(argument)`, as code; undefined for another line. */
function commandLine(line: string): string | undefined {
  const text = line.endsWith(';') ? line.slice(0, -1).trimEnd() : line;
  const bracket = text.indexOf('(');
  if (bracket < 0 || !text.endsWith(')')) return undefined;
  const [target, command] = targetOf(text.slice(0, bracket).trim());
  if (!LINE_COMMANDS.has(command) || (target !== '' && !/^[A-Za-z_]\w*$/.test(target)))
    return undefined;
  const argument = text.slice(bracket + 1, -1).trim();
  return `${target === '' ? '' : `var ${target} = `}${command}(${quotedAgain(argument)})`;
}

function targetOf(head: string): [target: string, command: string] {
  const equals = head.indexOf('=');
  if (equals < 0) return ['', head];
  const target = head
    .slice(0, equals)
    .trim()
    .replace(/^(?:let|const|var) +/, '');
  return [target, head.slice(equals + 1).trim()];
}

/** A text in quotes that holds the same quotes. */
function quotedAgain(argument: string): string {
  const mark = argument[0] ?? '';
  const isText = argument.length > 1 && `"'\``.includes(mark) && argument.endsWith(mark);
  if (!isText) return argument;
  const text = JSON.stringify(argument.slice(1, -1).replaceAll(/\\(["'`])/g, '$1'));
  return /\{[A-Za-z_]\w{0,60}\}/.test(text) ? `rlm.fill(${text})` : text;
}
