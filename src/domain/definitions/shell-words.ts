/** Programs that run the program behind them: a rule looks behind them too. */
const CARRIERS: ReadonlySet<string> = new Set([
  'builtin',
  'command',
  'doas',
  'env',
  'exec',
  'nice',
  'nohup',
  'setsid',
  'stdbuf',
  'sudo',
  'time',
  'timeout',
  'xargs',
  '!',
  'do',
  'else',
  'if',
  'then',
  'while',
  'until',
  '{',
]);
/** Characters behind which a program may begin. */
const SEPARATORS = /[;&|\n(){}`]|\$\(/;
/** What lets a command do more than its words say: substitutions and files that it writes. */
const HIDDEN_WORK = /`|\$\(|\$\{|<\(|<<|>/;
/** Output that goes to another stream, or nowhere. */
const HARMLESS_OUTPUT = /\d?>&[12]|\d?> {0,4}\/dev\/null(?![\w/.-])/g;
/** Longer commands are looked at up to here by rules that forbid, and are never allowed by a rule. */
const MOST_CHARACTERS = 128 * 1024;

/**
 * The words of a rule for commands: `npm run test *` and `npm run test` are the same beginning, and `*` inside a word stands for any
 * characters of it; so does `:*` at the end. Pure.
 */
export function commandPattern(pattern: string): readonly string[] {
  const isOpen = pattern.trim().endsWith(':*');
  const plain = isOpen ? pattern.trim().slice(0, -2) : pattern;
  const words = plain.split(/\s+/).filter((word) => word !== '');
  if (words.at(-1) === '*') return words.slice(0, -1);
  // `npm run test:*` is any word that begins so, while `git:*` is no other program
  return isOpen && words.length > 1 ? [...words.slice(0, -1), `${words.at(-1) ?? ''}*`] : words;
}

/**
 * True when the words of a pattern stand one after the other anywhere in the command, quotes aside: what forbids looks everywhere, also
 * into `bash -c "…"`, behind options of the program, and rather finds too much than too little. Pure, and linear in the command.
 */
export function commandMentions(command: string, pattern: readonly string[]): boolean {
  if (pattern.length === 0) return true;
  const words = plainWords(command.slice(0, MOST_CHARACTERS));
  return words.some((_word, at) => beginsAround(words, at, pattern));
}

/**
 * True when every program that the command starts begins with one of the patterns, and nothing in it hides another one: no
 * substitution, no file that it writes, no assignment, no option of a program that starts it. What allows looks at all of it. Pure.
 */
export function commandStaysWithin(
  command: string,
  patterns: readonly (readonly string[])[],
): boolean {
  if (command.length > MOST_CHARACTERS) return false;
  const plain = command.replaceAll(HARMLESS_OUTPUT, ' ');
  if (HIDDEN_WORK.test(plain)) return false;
  const parts = plain
    .split(SEPARATORS)
    .map(plainWords)
    .filter((words) => words.length > 0)
    .map(withoutCarriers);
  return parts.every((words) => patterns.some((pattern) => beginsWith(words, 0, pattern)));
}

/** Words without quotes and backslashes, cut also where one command ends and another begins. */
function plainWords(text: string): string[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/["'\\]/g, '')
    .split(/[\s;&|(){}`]+|\$\(/)
    .filter((word) => word !== '');
}

/**
 * What stands behind programs that only start it; all of the words where it is not sure what that is: behind an option of such a program,
 * whose operand may look like a program, and behind an assignment, which can make any program do something else.
 */
function withoutCarriers(words: readonly string[]): readonly string[] {
  let at = 0;
  while (CARRIERS.has(words[at] ?? ''))
    at += words[at] === 'timeout' && /^\d+[smhd]?$/.test(words[at + 1] ?? '') ? 2 : 1;
  return words.slice(at);
}

/** Words of options that are looked behind; more of them are taken for what is forbidden. */
const MOST_OPTIONS = 200;

/** True for an option, and for what may be the operand of the one before it. */
function isOfOptions(word = '', before = ''): boolean {
  return word.startsWith('-') || (before.startsWith('-') && !before.includes('='));
}

/** As {@link beginsWith}, with options and their operands between the first word and the second: `git -C . push`. */
function beginsAround(words: readonly string[], from: number, pattern: readonly string[]): boolean {
  const [first = '', ...rest] = pattern;
  if (!wordMatches(programName(words[from], 0), first)) return false;
  if (rest.length === 0) return true;
  for (let at = from + 1; at < words.length; at += 1) {
    if (rest.every((wanted, place) => wordMatches(words[at + place], wanted))) return true;
    if (!isOfOptions(words[at], at === from + 1 ? '' : words[at - 1])) return false;
    if (at - from > MOST_OPTIONS) return true;
  }
  return false;
}

function beginsWith(words: readonly string[], from: number, pattern: readonly string[]): boolean {
  return pattern.every((wanted, at) => wordMatches(programName(words[from + at], at), wanted));
}

/** `/usr/bin/git` is git. */
function programName(word: string | undefined, at: number): string | undefined {
  return at === 0 && word?.startsWith('/') === true ? word.slice(word.lastIndexOf('/') + 1) : word;
}

/** `*` stands for any characters; each part is looked for once, from left to right. */
function wordMatches(word: string | undefined, wanted: string): boolean {
  if (word === undefined) return false;
  if (!wanted.includes('*')) return word === wanted;
  const [first = '', ...rest] = wanted.split('*');
  const last = rest.pop() ?? '';
  if (word.length < first.length + last.length) return false;
  if (!word.startsWith(first) || !word.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = word.indexOf(part, at);
    if (found === -1 || found + part.length > word.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
