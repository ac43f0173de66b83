import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as TreeSitter from '@vscode/tree-sitter-wasm';
import type { Language, Node, Parser } from '@vscode/tree-sitter-wasm';
import type { FoundFunction, Language as SourceLanguage } from '../../domain/index.js';

/** A larger file is no source that people wrote; parsing it would hold up the worker. */
const LARGEST_SOURCE = 512 * 1024;
const PARSE_LIMIT_MS = 2000;
const NODES_LIMIT = 200_000;

/** Grammar of each language; a file of C is read as C++, JSX as TSX where it is typed. */
const GRAMMARS: Readonly<Record<SourceLanguage, string>> = {
  javascript: 'javascript',
  typescript: 'tsx',
  python: 'python',
  go: 'go',
  rust: 'rust',
  cpp: 'cpp',
  java: 'java',
  ruby: 'ruby',
  php: 'php',
};

const requirePackage = createRequire(import.meta.url);
const languages = new Map<string, Promise<Language>>();
let parserClass: Promise<typeof Parser> | undefined;

/**
 * Functions and methods with a name and a body, the outermost ones, in the order of the file. Empty for a file that is too large or takes
 * longer than two seconds to parse; a file with faults gives what could be read.
 */
export async function findFunctions(
  language: SourceLanguage,
  text: string,
): Promise<FoundFunction[]> {
  if (text.length > LARGEST_SOURCE) return [];
  const grammar = await loadGrammar(GRAMMARS[language]);
  const parser = new (await loadParser())();
  try {
    parser.setLanguage(grammar);
    const end = performance.now() + PARSE_LIMIT_MS;
    const tree = parser.parse(text, null, { progressCallback: () => performance.now() > end });
    if (tree === null) return [];
    try {
      return collect(tree.rootNode);
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/** Required, not imported: Node finds no names in a package of this form. */
function loadPackage(): typeof TreeSitter {
  return requirePackage('@vscode/tree-sitter-wasm') as typeof TreeSitter;
}

function folder(): string {
  return dirname(requirePackage.resolve('@vscode/tree-sitter-wasm'));
}

async function loadParser(): Promise<typeof Parser> {
  parserClass ??= (async () => {
    const { Parser: loaded } = loadPackage();
    await loaded.init();
    return loaded;
  })();
  return parserClass;
}

async function loadGrammar(name: string): Promise<Language> {
  await loadParser();
  let language = languages.get(name);
  if (language === undefined) {
    const { Language: loaded } = loadPackage();
    language = loaded.load(join(folder(), `tree-sitter-${name}.wasm`));
    languages.set(name, language);
  }
  return language;
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

/** In C and C++ the name stands deep inside the declarator. */
function nameOf(node: Node): string | undefined {
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
