import { posix } from './command-line.js';

/** The files in which a check would run. */
export interface CheckTree {
  /** Every file, relative to the repository, with forward slashes. */
  readonly paths: ReadonlySet<string>;
  /** Text of one of `paths`; undefined when it cannot be read, or is too large. */
  read(path: string): Promise<string | undefined>;
}

/** What the files say about one command. */
export type TreeWord =
  /** There is nothing yet that the command could check; `why` names what is missing. */
  | { readonly is: 'absent'; readonly why: string }
  /** What it checks is there, so that it has to pass. */
  | { readonly is: 'exists' }
  /** The files do not decide. */
  | { readonly is: 'unknown' }
  /** It prepares the commands behind it; `why` = it could not yet. */
  | { readonly is: 'prepares'; readonly why: string | null };

/** See {@link TreeWord}. */
export const EXISTS: Extract<TreeWord, { is: 'exists' }> = { is: 'exists' };
/** See {@link TreeWord}. */
export const UNKNOWN: Extract<TreeWord, { is: 'unknown' }> = { is: 'unknown' };

/** See {@link TreeWord}. */
export function absent(why: string): Extract<TreeWord, { is: 'absent' }> {
  return { is: 'absent', why: why.length <= 200 ? why : `${why.slice(0, 199)}…` };
}

/** Folders that hold what others wrote. */
const FOREIGN = /(^|\/)(node_modules|\.venv|venv|site-packages)\//;

/** One folder of the tree, from which a command starts. */
export class Place {
  readonly tree: CheckTree;
  /** Relative to the repository, `.` for its top level. */
  readonly folder: string;

  constructor(tree: CheckTree, folder: string) {
    this.tree = tree;
    this.folder = posix(folder);
  }

  /** Another folder, relative to this one. */
  at(folder: string): Place {
    return new Place(this.tree, this.path(folder));
  }

  /** A path relative to the repository. */
  path(name: string): string {
    return posix(`${this.folder}/${name}`);
  }

  /** True when there is such a file. */
  has(name: string): boolean {
    return this.tree.paths.has(this.path(name));
  }

  /** True when there is a file or folder of that name; a folder that git would not keep does not count. */
  reaches(name: string): boolean {
    const path = this.path(name);
    if (path === '.' || this.tree.paths.has(path)) return true;
    const prefix = `${path}/`;
    for (const other of this.tree.paths) if (other.startsWith(prefix)) return true;
    return false;
  }

  /** The first of `names` that lies here, as a path of the repository. */
  find(names: readonly string[]): string | undefined {
    const name = names.find((candidate) => this.has(candidate));
    return name === undefined ? undefined : this.path(name);
  }

  /** The first of `names` here or in a folder above, nearest first. */
  climb(names: readonly string[]): string | undefined {
    for (let folder = this.folder; ; folder = posix(`${folder}/..`)) {
      if (folder.startsWith('..')) return undefined;
      const found = new Place(this.tree, folder).find(names);
      if (found !== undefined || folder === '.') return found;
    }
  }

  /** True when a file below has such a path, relative to this folder; what others wrote does not count. */
  some(test: (path: string) => boolean): boolean {
    const prefix = this.folder === '.' ? '' : `${this.folder}/`;
    for (const path of this.tree.paths) {
      if (!path.startsWith(prefix)) continue;
      const inside = path.slice(prefix.length);
      if (!FOREIGN.test(inside) && test(inside)) return true;
    }
    return false;
  }

  /** Text of a file, by its path in the repository; undefined when it cannot be read. */
  async text(path: string | undefined): Promise<string | undefined> {
    return path === undefined ? undefined : this.tree.read(path);
  }
}

/** Words that are no options; `taking` names the options that have a word behind them. */
export function operands(words: readonly string[], taking: readonly string[] = []): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return found;
    if (taking.includes(word)) at += 1;
    else if (!word.startsWith('-')) found.push(word);
  }
  return found;
}

/** Options of many tools that have no word behind them, or one that the tools' own rows read. */
const UNDERSTOOD =
  /^(?:-[bBqsvVxCPfp]|-vv+|--(?:project|prefix|cwd|directory|manifest-path|test|no-[\w-]+|silent|quiet|verbose|noEmit|strict|check|build|run|ci|coverage|color|all|workspaces|pretty))$/;
/** Options with two words behind them. */
const PAIRS = new Set(['--set']);

/** The words without those that may be the value of an option. */
export function withoutOptionWords(words: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return [...found, ...words.slice(at)];
    found.push(word);
    if (!/^-./.test(word) || word.includes('=') || UNDERSTOOD.test(word)) continue;
    for (let left = PAIRS.has(word) ? 2 : 1; left > 0; left -= 1)
      if (words[at + 1]?.startsWith('-') === false) at += 1;
  }
  return found;
}

/** The word behind an option, or behind its `=`; the last one counts. */
export function optionValue(
  words: readonly string[],
  names: readonly string[],
): string | undefined {
  let value: string | undefined;
  for (const [at, word] of words.entries()) {
    if (word === '--') break;
    if (names.includes(word)) value = words[at + 1];
    for (const name of names)
      if (name.startsWith('--') && word.startsWith(`${name}=`)) value = word.slice(name.length + 1);
  }
  return value;
}

/** Where a command really starts: the folder that one of these options names, else `place`. */
export function startPlace(
  words: readonly string[],
  place: Place,
  names: readonly string[],
): Place {
  const folder = optionValue(words, names);
  return folder === undefined ? place : place.at(folder);
}

/** Absent when every operand is a path that is not there; undefined when there are none, or one of them is. */
export function missingPaths(
  place: Place,
  paths: readonly string[],
): Extract<TreeWord, { is: 'absent' }> | undefined {
  if (paths.length === 0) return undefined;
  const isThere = (path: string): boolean => {
    const star = path.search(/[*?[{]/);
    if (star < 0) return place.reaches(path);
    // more than the pattern would match, so that nothing that is there counts as missing
    const start = path.slice(0, path.lastIndexOf('/', star) + 1);
    const end = path.slice(
      Math.max(...['*', '?', ']', '}'].map((mark) => path.lastIndexOf(mark))) + 1,
    );
    const base = start === '' ? place : place.at(start);
    return base.some((inside) => inside.endsWith(end));
  };
  return paths.some(isThere) ? undefined : absent(`there is no ${paths.slice(0, 3).join(', ')}`);
}

/** How one tool shows that a check of it does not exist yet. */
export interface AbsentKind {
  readonly tool: string;
  /** Programs that belong to it, as the first word of a command. */
  readonly programs: readonly string[];
  /** What the files say; words begin behind the program. The first witness. */
  tree(words: readonly string[], place: Place): TreeWord | Promise<TreeWord>;
  /** Asked only when the files do not decide. */
  readonly said: ToolWords;
}

/** Says whether a line is one of its kind. */
export interface LinePattern {
  test(line: string): boolean;
}

/** How a tool says that there is nothing, in a run of it that did nothing else. */
export interface ToolWords {
  readonly exitCodes: readonly number[];
  /** At least one line is such a one. */
  readonly telling: LinePattern;
  /**
   * Every other line is such a one, or empty; left out = there is none. Lines are trimmed, and without colours. Any other line,
   * as of a test that prints these words, makes the output no such word.
   */
  readonly around?: LinePattern;
}
