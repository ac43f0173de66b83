import { posix } from '../absent/command-line.js';

/** Programs that run the file of code that they are given. */
const INTERPRETER =
  /^(?:python[0-9.]*|pypy3?|node(?:js)?|bun|deno|tsx|ts-node(?:-esm)?|j?ruby|perl|php[0-9.]*|lua(?:jit)?|Rscript|julia|groovy|elixir|escript|tclsh|pwsh|swift|dart|java|coverage|nyc|c8)$/;
/** Options behind which a module follows that is loaded before the program. */
const LOADED = /^(?:-r|--require|--import|--loader|--experimental-loader)$/;
/** Options behind which code stands, or that run nothing. */
const NO_PROGRAM = /^(?:-c|-e|-p|-pe|--eval|--print|--check|--version|--help)$/;
const CODE_ENDING =
  /\.(?:[cm]?[jt]sx?|py|rb|php|pl|t|lua|r|R|jl|groovy|exs?|tcl|ps1|swift|dart|java|go)$/;
const PATH = /^[\w@+.][\w@+./-]*$/;
/** Words before an ending is found that may be the program: options have values that look the same. */
const WORDS_WITHOUT_ENDING = 2;

/**
 * Files of code that a command line starts with an interpreter or as a program, relative to the folder where it runs: `run.py` of
 * `python3 run.py`. They start or collect the tests, or are what is checked; whether they exist is for the caller to see. A name with a slash at its
 * end is a folder whose files are started together. Pure.
 */
export function startedPrograms(commandLine: string): string[] {
  const commands = commandLine.split(/[;\n]|&&|\|\|?|&|\$\(|`|[(){}]/);
  const paths = commands.flatMap(programsOfCommand).map((path) => path.replace(/^(?:\.\/)+/, ''));
  return [...new Set(paths)].filter((path) => PATH.test(path));
}

function programsOfCommand(command: string): string[] {
  const words = command
    .split(/[\s'"<>]+/)
    .filter((word) => word !== '' && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  const [first = ''] = words;
  const at = words.findIndex((word) => INTERPRETER.test(baseName(word.replace(/^[@+-]+/, ''))));
  const rest = words.slice(at + 1);
  if (at >= 0) return programsBehind(rest);
  if (/(?:^|\/)go$/.test(first) && words[1] === 'run') return packageOf(words.slice(2));
  // behind a variable of a recipe stands the program alone
  return CODE_ENDING.test(first) && !first.startsWith('-') ? [first] : [];
}

function programsBehind(words: readonly string[]): string[] {
  const end = words.findIndex((word) => NO_PROGRAM.test(word));
  const shown = end < 0 ? words : words.slice(0, end);
  const module = shown.indexOf('-m');
  if (module >= 0)
    return [...plainPrograms(shown.slice(0, module)), ...moduleFiles(shown[module + 1] ?? '')];
  return plainPrograms(shown);
}

/** What is loaded before the program, and the words up to it; all words where a runner is given files. */
function plainPrograms(words: readonly string[]): string[] {
  const loaded = words.flatMap((word, at) => {
    const [option = '', value] = word.split(/=(.*)/s, 2);
    return LOADED.test(option) ? [value ?? words[at + 1] ?? ''] : [];
  });
  const plain = words.filter(
    (word, at) => !word.startsWith('-') && !LOADED.test(words[at - 1] ?? ''),
  );
  if (words.includes('--test')) return [...loaded, ...plain.filter((word) => isCode(word))];
  const program = plain.findIndex((word) => isCode(word));
  const named = plain.slice(0, program < 0 ? WORDS_WITHOUT_ENDING : program + 1);
  const likely = named.filter((word, at) => isCode(word) || at < WORDS_WITHOUT_ENDING);
  return [...loaded, ...likely].map((word) => word.replace(/\/{1,9}$/, ''));
}

function isCode(word: string): boolean {
  return CODE_ENDING.test(word);
}

/** The files of a Python module by its name. */
function moduleFiles(name: string): string[] {
  if (!/^\w[\w.]*$/.test(name)) return [];
  const path = name.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__main__.py`, `${path}/__init__.py`];
}

/** Files, or the folder, that `go run` starts. */
function packageOf(words: readonly string[]): string[] {
  const [target] = words.filter((word) => !word.startsWith('-'));
  if (target === undefined) return [];
  if (target.endsWith('.go')) return words.filter((word) => word.endsWith('.go'));
  return target === '.' ? [] : [`${target.replace(/\/{1,9}$/, '')}/`];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Starts other programs, looks for files, or names a runner of tests. */
const STARTS_TESTS =
  /\b(?:spawn|exec|fork|system|popen|glob|walk|find|shell_exec|passthru|proc_open)\w*\s*\(|\b(?:child_process|subprocess|execa|Open3|ProcessBuilder|runpy|import_module|pkgutil|fast-glob|globby|readdir\w*|listdir|scandir|iterdir|rglob|WalkDir|ReadDir|unittest|pytest|node:test|jest|vitest|mocha|rspec|RSpec|minitest|Minitest|phpunit|PHPUnit|TestLoader|TestRunner)\b|--test\b|\bDir(?:\[|\.)|\bexec\.Command\b|\bos\/exec\b/;
/** In a shell script also whatever is done for several files. */
const SHELL_STARTS =
  /\bfor\s+\w+\s+in\b|\b(?:find|xargs|npm|pnpm|yarn|bun|make|just|node|python[0-9.]*|go|cargo|ctest|mvn|gradle|ruby|rake|php|composer|pytest|dotnet|mix|bats)\s/;
/** Compares by itself, by what assertions are called. */
const ASSERTS =
  /\bassert\w{0,40}\b|\b(?:expect|should|ensure|equals?|is_deeply)\s*\(|\bequals?\s+["'$]|\[\s+["']?\$|\btest\s+["']?\$/;
const COMPARISON = /[!=]=|\bis not\b|\bunless\b/;
const FAILURE = /\b(?:throw|raise|die|panic)\b/;

/** A comparison whose line, or the next, is a failure. */
function compares(text: string): boolean {
  const lines = text.split('\n');
  return lines.some(
    (line, at) => COMPARISON.test(line) && FAILURE.test(`${line} ${lines[at + 1] ?? ''}`),
  );
}

/** True for a program that starts or collects tests, by its text: it decides what a check means and is no product. Pure. */
export function startsTests(path: string, text: string): boolean {
  return STARTS_TESTS.test(text) || (!CODE_ENDING.test(path) && SHELL_STARTS.test(text));
}

/** True for a program that compares by itself, by its text: it is a test. What starts tests may well compare how they ended. Pure. */
export function assertsItself(text: string, isStarting: boolean): boolean {
  return ASSERTS.test(text) || (!isStarting && compares(text));
}

const SCRIPT_IMPORT =
  /(?:\bfrom|\bimport|\brequire)\s{0,5}\(?\s{0,5}['"](\.{1,2}\/[^'"\n]{1,300})['"]/g;
const PYTHON_IMPORT =
  /^[ \t]{0,40}(?:from\s{1,5}\.{0,3}([\w.]{1,200})\s{1,5}import|import\s{1,5}([\w.]{1,200}))/gm;
const RUBY_IMPORT = /\brequire_relative\s{0,5}\(?\s{0,5}['"]([^'"\n]{1,300})['"]/g;
const PHP_FILE = /['"]([\w./-]{1,300})['"]/g;

/** Files of the project that a program of code may load, by their paths in the repository; most of them do not exist. Pure. */
export function loadedFiles(path: string, text: string): string[] {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  const all = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, one, other]) => one ?? other ?? '');
  const scripts = all(SCRIPT_IMPORT).flatMap((name) =>
    CODE_ENDING.test(name)
      ? [name, name.replace(/\.([cm]?)js$/, '.$1ts')]
      : ['.js', '.mjs', '.cjs', '.ts', '/index.js', '/index.ts'].map((end) => `${name}${end}`),
  );
  const modules = all(PYTHON_IMPORT).flatMap((name) => {
    const place = name.replaceAll('.', '/');
    return [`${place}.py`, `${place}/__init__.py`];
  });
  const rubies = all(RUBY_IMPORT).map((name) => (name.endsWith('.rb') ? name : `${name}.rb`));
  const phpFiles = text.startsWith('<?php')
    ? all(PHP_FILE).filter((name) => name.endsWith('.php'))
    : [];
  const beside = [...scripts, ...modules, ...rubies, ...phpFiles].map((name) =>
    posix(`${folder}/${name}`),
  );
  // Python also finds modules from the top
  return [...new Set([...beside, ...modules])].filter((name) => !name.startsWith('..'));
}
