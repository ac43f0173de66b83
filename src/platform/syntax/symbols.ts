import type { Node } from '@vscode/tree-sitter-wasm';
import type { Language as SourceLanguage } from '../../domain/index.js';
import { nameOf } from './functions.js';
import { readTree } from './read-tree.js';

/** A declaration with a name: a function, a method, a class, a type. */
export interface CodeSymbol {
  readonly name: string;
  /** For people, for example `class`. */
  readonly kind: string;
  /** Names of what it stands in, outermost first. */
  readonly inside: readonly string[];
  /** Lines from 0; the last one is part of it. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Others may stand in it. */
  readonly isContainer: boolean;
}

const NODES_LIMIT = 100_000;
const MAX_SYMBOLS = 5000;
const MAX_DEPTH = 12;

/** What holds other declarations, and what it is called. */
const CONTAINERS: ReadonlyMap<string, string> = new Map([
  ['class_declaration', 'class'],
  ['abstract_class_declaration', 'class'],
  ['class_definition', 'class'],
  ['class_specifier', 'class'],
  ['class', 'class'],
  ['interface_declaration', 'interface'],
  ['internal_module', 'namespace'],
  ['module', 'module'],
  ['namespace_definition', 'namespace'],
  ['struct_specifier', 'struct'],
  ['trait_item', 'trait'],
  ['trait_declaration', 'trait'],
  ['impl_item', 'impl'],
  ['mod_item', 'module'],
  ['enum_declaration', 'enum'],
  ['record_declaration', 'record'],
]);

/** What holds none that anybody looks for. */
const LEAVES: ReadonlyMap<string, string> = new Map([
  ['function_declaration', 'function'],
  ['generator_function_declaration', 'function'],
  ['function_definition', 'function'],
  ['function_item', 'function'],
  ['function_signature', 'function'],
  ['method_definition', 'method'],
  ['method_declaration', 'method'],
  ['constructor_declaration', 'constructor'],
  ['method', 'method'],
  ['singleton_method', 'method'],
  ['type_alias_declaration', 'type'],
  ['type_spec', 'type'],
  ['enum_specifier', 'enum'],
  ['enum_item', 'enum'],
  ['struct_item', 'struct'],
  ['type_item', 'type'],
  ['variable_declarator', 'variable'],
  ['public_field_definition', 'field'],
  ['const_item', 'constant'],
  ['static_item', 'constant'],
]);

/**
 * The declarations of a file in its order, with those inside classes and modules but not those inside functions. Undefined for a file that
 * cannot be parsed; one with faults gives what could be read.
 */
export function findSymbols(
  language: SourceLanguage,
  text: string,
): Promise<readonly CodeSymbol[] | undefined> {
  return readTree(language, text, collect);
}

interface Waiting {
  readonly node: Node;
  readonly inside: readonly string[];
  readonly depth: number;
}

function collect(root: Node): CodeSymbol[] {
  const found: CodeSymbol[] = [];
  const waiting: Waiting[] = [{ node: root, inside: [], depth: 0 }];
  for (let seen = 0; seen < NODES_LIMIT && found.length < MAX_SYMBOLS; seen += 1) {
    const next = waiting.pop();
    if (next === undefined) break;
    const symbol = asSymbol(next.node, next.inside);
    if (symbol !== undefined) found.push(symbol);
    if (next.depth >= MAX_DEPTH || symbol?.isContainer === false) continue;
    const inside = symbol === undefined ? next.inside : [...next.inside, symbol.name];
    for (const node of next.node.namedChildren.reverse())
      if (node !== null && mayDeclare(node)) waiting.push({ node, inside, depth: next.depth + 1 });
  }
  return found;
}

/** What stands in one line declares nothing worth a place of its own, but for what has a name at once. */
function mayDeclare({ startPosition, endPosition, type }: Node): boolean {
  return endPosition.row > startPosition.row || CONTAINERS.has(type) || LEAVES.has(type);
}

function asSymbol(node: Node, inside: readonly string[]): CodeSymbol | undefined {
  const container = CONTAINERS.get(node.type);
  const kind = container ?? LEAVES.get(node.type);
  if (kind === undefined) return undefined;
  const name = nameOf(node) ?? node.childForFieldName('type')?.text;
  if (name === undefined || name.length > 200) return undefined;
  return {
    name,
    kind,
    inside,
    firstLine: node.startPosition.row,
    lastLine: node.endPosition.row,
    isContainer: container !== undefined,
  };
}
