import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { InvalidInputError } from '../../domain/index.js';
import { faultAt, withoutWrapping } from './json-faults.js';

/** A small fault that was read over. */
export interface DocumentFault {
  readonly message: string;
  /** 1-based. */
  readonly line: number;
}

/** A JSON text with its value and the line of every field. */
export interface JsonDocument {
  readonly value: unknown;
  /** 1-based line of a field path, or of the nearest existing parent; undefined for an empty document. */
  lineOf(path: readonly (string | number)[]): number | undefined;
  /** Small faults that were read over, in the order of the text. */
  readonly faults: readonly DocumentFault[];
}

/**
 * Parses JSON as models and people write it: trailing commas, comments and a Markdown fence around it are read over, and
 * stand in `faults`, as does a field that stands twice. Throws {@link InvalidInputError} `ERR_JSON_INVALID` with line and
 * reason of the first problem that cannot be; an empty or cut-off file is one too.
 */
export function parseJsonDocument(text: string, file: string): JsonDocument {
  const errors: ParseError[] = [];
  const marked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const { text: content, faults } = withoutWrapping(marked);
  const root = parseNodes(content, { file, errors });
  const lineAt = lineFinder(content);
  const first = errors[0];
  if (first !== undefined || root === undefined) {
    const offset = first?.offset ?? 0;
    const problem = first === undefined ? 'ValueExpected' : printParseErrorCode(first.error);
    throw new InvalidInputError('ERR_JSON_INVALID', {
      message:
        content.trim() === ''
          ? 'the file is empty'
          : `the file is not valid JSON: ${faultAt(content, offset) ?? spellOut(problem)}`,
      where: { file, line: lineAt(offset) },
      hint: 'correct the file; a cut-off file must be restored from its source',
    });
  }
  const strict = strictFault(content);
  return {
    // the library builds objects by plain assignment, which `__proto__` would reach
    value: strict === undefined ? (JSON.parse(content) as unknown) : plainValue(root),
    lineOf: (path) => {
      const node = nearestNode(root, path);
      return node === undefined ? undefined : lineAt(node.offset);
    },
    faults: [
      ...faults.map((message) => ({ message, line: 1 })),
      ...(strict === undefined ? [] : [{ message: strict.message, line: lineAt(strict.offset) }]),
      ...repeatedFields(root, lineAt),
    ],
  };
}

/** The first trailing comma or comment; undefined for strict JSON. */
function strictFault(
  content: string,
): { readonly message: string; readonly offset: number } | undefined {
  const errors: ParseError[] = [];
  parseTree(content, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first === undefined) return undefined;
  const isComment = printParseErrorCode(first.error) === 'InvalidCommentToken';
  const message = isComment ? 'comments are read over' : 'trailing commas are read over';
  return { message, offset: first.offset };
}

function plainValue(node: Node): unknown {
  const value: unknown = getNodeValue(node);
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** Names that stand twice in one object: the last one counts. */
function repeatedFields(root: Node, lineAt: (offset: number) => number): DocumentFault[] {
  const faults: DocumentFault[] = [];
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const seen = new Set<unknown>();
    for (const child of node.children ?? []) {
      const name: unknown = node.type === 'object' ? child.children?.[0]?.value : undefined;
      const key = typeof name === 'string' ? name : undefined;
      if (key !== undefined && seen.has(key))
        faults.push({
          message: `"${key}" stands twice in one object: the last one counts`,
          line: lineAt(child.offset),
        });
      seen.add(key);
      open.push(child);
    }
  }
  return faults.sort((left, right) => left.line - right.line);
}

/** Changes one field of a JSON text and nothing else: formatting, order and unknown fields stay byte for byte. */
export function setJsonField(
  text: string,
  path: readonly (string | number)[],
  value: unknown,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  // what stands around the document is blanked for the search alone: offsets are those of the text
  const edits = modify(withoutWrapping(text).text, [...path], value, {
    formattingOptions: {
      insertSpaces: !indent.startsWith('\t'),
      tabSize: indent.startsWith('\t') ? 1 : indent.length,
      eol,
    },
  });
  return applyEdits(text, edits);
}

/** The tree of the text; a document so deep that reading it needs more stack than there is counts as a bad one. */
function parseNodes(
  content: string,
  report: { readonly file: string; readonly errors: ParseError[] },
): Node | undefined {
  try {
    return parseTree(content, report.errors, {
      disallowComments: false,
      allowTrailingComma: true,
      allowEmptyContent: false,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidInputError('ERR_JSON_INVALID', {
      message: 'the file is nested too deeply',
      where: { file: report.file },
      hint: 'correct the file; a PRD needs only a few levels',
      cause: error,
    });
  }
}

function nearestNode(root: Node, path: readonly (string | number)[]): Node | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent : node;
  }
  return undefined;
}

/** Gives the 1-based line of an offset; a document may have many places to name. */
function lineFinder(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** `CommaExpected` becomes `comma expected`. */
function spellOut(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
