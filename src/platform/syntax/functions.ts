import type { Node } from '@vscode/tree-sitter-wasm';
import type { FoundFunction, Language as SourceLanguage } from '../../domain/index.js';
import { readTree } from './read-tree.js';

const NODES_LIMIT = 200_000;

/**
 * Functions and methods with a name and a body, the outermost ones, in the order of the file. Empty for a file that is too large or takes
 * longer than two seconds to parse; a file with faults gives what could be read.
 */
export async function findFunctions(
  language: SourceLanguage,
  text: string,
): Promise<FoundFunction[]> {
  return (await readTree(language, text, collect)) ?? [];
}

function collect(root: Node): FoundFunction[] {
  const found: FoundFunction[] = [];
  const waiting: Node[] = [root];
  for (let seen = 0; seen < NODES_LIMIT; seen += 1) {
    const node = waiting.pop();
    if (node === undefined) break;
    const own = asFunction(node);
    if (own !== undefined) found.push(own);
    else waiting.push(...node.namedChildren.filter((child) => child !== null).reverse());
  }
  return found;
}

/** Nodes that are functions themselves. */
const FUNCTIONS = new Set([
  'function_declaration',
  'generator_function_declaration',
  'method_definition',
  'function_definition',
  'method_declaration',
  'function_item',
  'constructor_declaration',
  'method',
  'singleton_method',
]);
/** Nodes that give a function its name: the name's field, and the function's. */
const HOLDERS = new Map([
  ['variable_declarator', ['name', 'value']],
  ['pair', ['key', 'value']],
  ['assignment_expression', ['left', 'right']],
  ['field_definition', ['property', 'value']],
  ['public_field_definition', ['name', 'value']],
]);
const VALUES = new Set(['arrow_function', 'function_expression', 'generator_function']);

function asFunction(node: Node): FoundFunction | undefined {
  if (FUNCTIONS.has(node.type)) return toFunction(nameOf(node), node.childForFieldName('body'));
  if (node.type === 'export_statement') {
    const value = node.childForFieldName('value');
    if (value === null || !VALUES.has(value.type)) return undefined;
    return toFunction('default', value.childForFieldName('body'));
  }
  const fields = HOLDERS.get(node.type);
  if (fields === undefined) return undefined;
  const [name, value] = fields.map((field) => node.childForFieldName(field));
  if (!value || !VALUES.has(value.type)) return undefined;
  return toFunction(name?.text, value.childForFieldName('body'));
}

/** The name of a declaration. In C and C++ it stands deep inside the declarator. */
export function nameOf(node: Node): string | undefined {
  const name = node.childForFieldName('name');
  if (name !== null) return name.text;
  let declarator = node.childForFieldName('declarator');
  for (let depth = 0; declarator !== null && depth < 10; depth += 1) {
    const inner = declarator.childForFieldName('declarator');
    if (inner === null) return declarator.text;
    declarator = inner;
  }
  return undefined;
}

function toFunction(name: string | undefined, body: Node | null): FoundFunction | undefined {
  if (name === undefined || body === null) return undefined;
  const isBlock = /block|body|compound_statement/.test(body.type);
  return {
    name,
    start: body.startIndex,
    end: body.endIndex,
    body: isBlock ? 'block' : 'expression',
  };
}
