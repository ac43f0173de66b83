import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as TreeSitter from '@vscode/tree-sitter-wasm';
import type { Language, Node, Parser } from '@vscode/tree-sitter-wasm';
import type { Language as SourceLanguage } from '../../domain/index.js';

/** A larger file is no source that people wrote; parsing it would hold up the worker. */
const LARGEST_SOURCE = 512 * 1024;
const PARSE_LIMIT_MS = 2000;

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

/** What `read` makes of the tree of a text; undefined for a text that is too large or takes longer than two seconds to parse. */
export async function readTree<Result>(
  language: SourceLanguage,
  text: string,
  read: (root: Node) => Result,
): Promise<Result | undefined> {
  if (text.length > LARGEST_SOURCE) return undefined;
  const grammar = await loadGrammar(GRAMMARS[language]);
  const parser = new (await loadParser())();
  try {
    parser.setLanguage(grammar);
    const end = performance.now() + PARSE_LIMIT_MS;
    const tree = parser.parse(text, null, { progressCallback: () => performance.now() > end });
    if (tree === null) return undefined;
    try {
      return read(tree.rootNode);
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
