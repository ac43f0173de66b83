import {
  applyEdits,
  findNodeAtLocation,
  modify,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { InvalidInputError } from '../../domain/index.js';

/** A JSON text with its value and the line of every field. */
export interface JsonDocument {
  readonly value: unknown;
  /** 1-based line of a field path, or of the nearest existing parent; undefined for an empty document. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/**
 * Parses strict JSON (no comments, no trailing commas). Throws {@link InvalidInputError} `ERR_JSON_INVALID` with the line
 * of the first problem; an empty or cut-off file is one too.
 */
export function parseJsonDocument(text: string, file: string): JsonDocument {
  const errors: ParseError[] = [];
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const root = parseNodes(content, { file, errors });
  const first = errors[0];
  if (first !== undefined || root === undefined) {
    const offset = first?.offset ?? 0;
    const problem = first === undefined ? 'ValueExpected' : printParseErrorCode(first.error);
    throw new InvalidInputError('ERR_JSON_INVALID', {
      message:
        content.trim() === ''
          ? 'the file is empty'
          : `the file is not valid JSON: ${spellOut(problem)}`,
      where: { file, line: lineAt(content, offset) },
      hint: 'correct the file; a cut-off file must be restored from its source',
    });
  }
  return {
    value: JSON.parse(content) as unknown,
    lineOf: (path) => {
      const node = nearestNode(root, path);
      return node === undefined ? undefined : lineAt(content, node.offset);
    },
  };
}

/** Changes one field of a JSON text and nothing else: formatting, order and unknown fields stay byte for byte. */
export function setJsonField(
  text: string,
  path: readonly (string | number)[],
  value: unknown,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const edits = modify(text, [...path], value, {
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
      disallowComments: true,
      allowTrailingComma: false,
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

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** `CommaExpected` becomes `comma expected`. */
function spellOut(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
