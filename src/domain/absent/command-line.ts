/** One program that a command line starts, as far as it can be read without running it. */
export interface SimpleCommand {
  /** Program first, without variable assignments, wrappers (`env`, `timeout 60`), redirections and quotes. */
  readonly words: readonly string[];
  /** Folder where it starts, relative to the repository; null when that cannot be told. */
  readonly folder: string | null;
}

/** A check's command line is written by a person; a longer one is not taken apart. */
const LONGEST = 8 * 1024;
/** `bash -c` within `bash -c`. */
const DEPTH = 3;

/** Words of bash that make a line more than a list of commands. */
const COMPOUND = new Set(
  'if then else elif fi for while until do done case esac select function { } [[ ]] !'.split(' '),
);

/** Later stages of a pipe that only show what the first one printed. */
const FILTERS = new Set(['tee', 'cat', 'head', 'tail', 'grep', 'sed', 'awk', 'sort', 'tr', 'wc']);

/** Takes a command line apart: lists, pipes, subshells and `bash -c`; null for what only bash can understand. Linear, pure. */
export function simpleCommands(line: string, folder: string, depth = 0): SimpleCommand[] | null {
  if (line.length > LONGEST || depth > DEPTH) return null;
  const tokens = tokensOf(line);
  if (tokens === null) return null;
  const found: SimpleCommand[] = [];
  const folders: (string | null)[] = [];
  let here: string | null = posix(folder);
  let words: string[] = [];
  let isFiltered = false;
  const close = (): boolean => {
    const command = unwrapped(words);
    words = [];
    const [program = ''] = command;
    if (program === '') return true;
    if (COMPOUND.has(program)) return false;
    if (program === 'cd') here = folderAfter(here, command);
    else if (!(isFiltered && FILTERS.has(program))) {
      const inner = shellText(command);
      const parts =
        inner === null ? [{ words: command, folder: here }] : nested(inner, here, depth + 1);
      if (parts === null) return false;
      found.push(...parts);
    }
    return true;
  };
  for (const token of tokens) {
    if (token.kind === 'word') {
      words.push(token.text);
      continue;
    }
    if (!close()) return null;
    isFiltered = token.text === '|';
    if (token.text === '(') folders.push(here);
    if (token.text === ')') here = folders.pop() ?? here;
  }
  return close() ? found : null;
}

function nested(line: string, here: string | null, depth: number): SimpleCommand[] | null {
  const parts = simpleCommands(line, here ?? '.', depth);
  return here === null ? (parts?.map((part) => ({ ...part, folder: null })) ?? null) : parts;
}

/** The text of `bash -c TEXT`; null for every other command. */
function shellText(words: readonly string[]): string | null {
  const [program = '', option = '', text] = words;
  const isShell = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|z)?sh$/.test(program);
  return isShell && /^-[a-z]{0,4}c$/.test(option) && text !== undefined ? text : null;
}

function folderAfter(here: string | null, words: readonly string[]): string | null {
  const [target] = words.slice(1).filter((word) => !/^-[LPe@]?$/.test(word) && word !== '--');
  if (here === null || target === undefined || isDynamic(target)) return null;
  return target.startsWith('/') || target.startsWith('~') ? null : posix(`${here}/${target}`);
}

/** True for a word whose value only a shell knows. */
export function isDynamic(word: string): boolean {
  return /[$`]/.test(word);
}

/** A relative path without `.` and `..` inside; what leads outside keeps its `..` in front. */
export function posix(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

interface Token {
  readonly kind: 'word' | 'operator';
  readonly text: string;
}

/** What a command line is made of, tried in this order at each place; each consumes what it matches once. */
const LEXEMES = {
  single: /'([^']*)'/y,
  double: /"((?:[^"\\`$]|\\[^]|\$(?!\())*)"/y,
  escape: /\\([^])/y,
  // heredocs, substitutions and quotes that do not end are for bash alone
  unreadable: /['"`\\]|\$\(|<<|[<>]\(/y,
  redirection: /(?:&>>?|[<>][>&|]?) *(?:'[^'\n]*'|"[^"\n]*"|[^\s;&|()<>'"]+)?/y,
  operator: /&&|\|\||[;&|()\n]/y,
  space: /[^\S\n]+/y,
  comment: /#[^\n]*/y,
  text: /[^\s'"\\`$<>;&|()#]+|[^\s]/y,
} as const;

type Lexeme = keyof typeof LEXEMES;
const ORDER = Object.keys(LEXEMES) as Lexeme[];

/** Words and operators; null for what only bash can read. */
function tokensOf(line: string): Token[] | null {
  const tokens: Token[] = [];
  let word: string | null = null;
  const push = (): void => {
    if (word !== null) tokens.push({ kind: 'word', text: word });
    word = null;
  };
  for (let at = 0; at < line.length;) {
    const found = lexemeAt(line, at, word !== null);
    if (found === null || found.kind === 'unreadable') return null;
    at += found.length;
    if (found.kind === 'operator') {
      push();
      tokens.push({ kind: 'operator', text: found.text });
    } else if (found.kind === 'redirection') {
      // the number in front of it belongs to it
      if (word !== null && /^\d$/.test(word)) word = null;
      push();
    } else if (found.kind === 'space' || found.kind === 'comment') push();
    else word = (word ?? '') + found.text;
  }
  push();
  return tokens;
}

interface FoundLexeme {
  readonly kind: Lexeme;
  /** What it adds to a word. */
  readonly text: string;
  readonly length: number;
}

function lexemeAt(line: string, at: number, isInWord: boolean): FoundLexeme | null {
  for (const kind of ORDER) {
    if (kind === 'comment' && isInWord) continue;
    const pattern = LEXEMES[kind];
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match !== null)
      return { kind, text: plainText(kind, match[1] ?? match[0]), length: match[0].length };
  }
  return null;
}

function plainText(kind: Lexeme, text: string): string {
  if (kind === 'double') return text.replace(/\\(["\\$`])/g, '$1');
  return kind === 'escape' && text === '\n' ? '' : text;
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;
/** Programs that start the one behind them, with the options of theirs that take a word. */
const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  env: ['-u', '-C'],
  time: ['-f', '-o'],
  nice: ['-n'],
  nohup: [],
  exec: ['-a'],
  command: [],
  timeout: ['-s', '-k', '--signal', '--kill-after'],
  stdbuf: ['-i', '-o', '-e'],
  'cross-env': [],
};

/** The command behind variable assignments and programs that only start another. */
function unwrapped(words: readonly string[]): string[] {
  let rest = [...words];
  for (let turn = 0; turn < 8; turn += 1) {
    while (rest[0] !== undefined && ASSIGNMENT.test(rest[0])) rest = rest.slice(1);
    const options = WRAPPERS[rest[0] ?? ''];
    if (options === undefined) return rest;
    const isTimeout = rest[0] === 'timeout';
    rest = rest.slice(1);
    while (rest[0]?.startsWith('-') === true && rest[0] !== '--')
      rest = rest.slice(options.includes(rest[0]) ? 2 : 1);
    if (rest[0] === '--') rest = rest.slice(1);
    if (isTimeout) rest = rest.slice(1);
  }
  return rest;
}
