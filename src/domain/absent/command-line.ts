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

/** Words and operators; null for heredocs, substitutions of commands, and quotes that do not end. */
function tokensOf(line: string): Token[] | null {
  const tokens: Token[] = [];
  let word: string | null = null;
  let at = 0;
  const push = (): void => {
    if (word !== null) tokens.push({ kind: 'word', text: word });
    word = null;
  };
  while (at < line.length) {
    const char = line[at] ?? '';
    const next = line[at + 1] ?? '';
    if (char === "'" || char === '"') {
      const end = endOfQuote(line, at);
      if (end === null) return null;
      word = (word ?? '') + quoted(line.slice(at + 1, end), char);
      at = end + 1;
    } else if (char === '\\') {
      if (next !== '\n') word = (word ?? '') + next;
      at += 2;
    } else if (char === '`' || (char === '$' && next === '(')) return null;
    else if (char === '<' || char === '>' || (char === '&' && next === '>')) {
      const skipped = redirection(line, at);
      if (skipped === null) return null;
      // the number in front of it belongs to it
      if (word !== null && /^\d$/.test(word)) word = null;
      push();
      at = skipped;
    } else if (/[;&|()\n]/.test(char)) {
      push();
      const isDouble = (char === '&' || char === '|') && next === char;
      tokens.push({ kind: 'operator', text: isDouble ? char + char : char });
      at += isDouble ? 2 : 1;
    } else if (/\s/.test(char)) {
      push();
      at += 1;
    } else if (char === '#' && word === null) {
      const end = line.indexOf('\n', at);
      at = end < 0 ? line.length : end;
    } else {
      word = (word ?? '') + char;
      at += 1;
    }
  }
  push();
  return tokens;
}

function endOfQuote(line: string, start: number): number | null {
  const mark = line[start];
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === mark) return at;
    if (mark === '"' && line[at] === '\\') at += 1;
    else if (mark === '"' && (line[at] === '`' || line.startsWith('$(', at))) return null;
  }
  return null;
}

function quoted(text: string, mark: string): string {
  // a dollar in single quotes is only a dollar, but no row has to know
  return mark === "'" ? text : text.replace(/\\(["\\$`])/g, '$1');
}

/** Where the text behind a redirection goes on. */
function redirection(line: string, start: number): number | null {
  if (line.startsWith('<<', start) || /^[<>]\(/.test(line.slice(start, start + 2))) return null;
  const [operator = ''] = /^(?:&>>?|[<>]{1,2}[&|]?)/.exec(line.slice(start, start + 4)) ?? [];
  let at = start + operator.length;
  while (line[at] === ' ') at += 1;
  while (at < line.length && !/[\s;&|()<>]/.test(line[at] ?? '')) {
    if (line[at] === "'" || line[at] === '"') at = endOfQuote(line, at) ?? line.length;
    at += 1;
  }
  return at;
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
