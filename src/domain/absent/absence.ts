import { isDynamic, posix, simpleCommands, type SimpleCommand } from './command-line.js';
import {
  absent,
  EXISTS,
  Place,
  withoutOptionWords,
  UNKNOWN,
  type AbsentKind,
  type CheckTree,
  type ToolWords,
  type TreeWord,
} from './check-tree.js';
import { BUILD_KINDS } from './build-tools.js';
import { fileWord } from './file-command.js';
import { NODE_KINDS } from './node-tools.js';
import { declaresNothing } from './package-scripts.js';
import { PYTHON_KINDS } from './python-tools.js';
import { RECIPE_KINDS } from './recipe-tools.js';
import { startedBy, type StartedCommand } from './started-command.js';

/** How each tool shows that a check of it does not exist yet: one row a tool. */
export const ABSENT_KINDS: readonly AbsentKind[] = [
  ...NODE_KINDS,
  ...PYTHON_KINDS,
  ...RECIPE_KINDS,
  ...BUILD_KINDS,
];

const KIND_OF = new Map(
  ABSENT_KINDS.flatMap((kind) => kind.programs.map((program) => [program, kind] as const)),
);

/** Whether a check exists, as far as the files tell. */
export type CheckWord =
  | Extract<TreeWord, { is: 'absent' | 'exists' }>
  /** Only a run can tell; `said` is how the tools would say that there is nothing. */
  | { readonly is: 'unknown'; readonly said: readonly Said[] };

/** A tool's words about nothing, with its name. */
export interface Said extends ToolWords {
  readonly tool: string;
}

/** Commands that prepare or say something and check nothing. */
const NEUTRAL = new Set(
  ': . [ alias cat chmod corepack cp echo ensurepip export ls mkdir mv pip pip3 printf pwd rm rmdir set shopt sleep source test touch trap true ulimit umask unset venv'.split(
    ' ',
  ),
);

/** `npx npx npx`: beyond this nobody reads on. */
const DEPTH = 3;

/**
 * What the files say about a check. Several commands are one check: it is absent while there is nothing yet for any of them,
 * and exists, as a whole, with the first of them that does. What cannot be read exists. Pure but for `tree.read`.
 */
export async function checkWord(
  command: string,
  tree: CheckTree,
  workdir: string,
): Promise<CheckWord> {
  const commands = simpleCommands(command, workdir);
  if (commands === null) return EXISTS;
  const parts: Part[] = [];
  for (const part of commands) {
    const word = await commandWord(part, { tree, workdir: posix(workdir), depth: 0 });
    if (word?.is === 'exists') return EXISTS;
    if (word !== null) parts.push({ command: part, word });
  }
  return together(parts, commands.length === 1);
}

interface Part {
  readonly command: SimpleCommand;
  readonly word: Exclude<TreeWord, { is: 'exists' }>;
}

/** What parts of which none is there for certain mean together. */
function together(parts: readonly Part[], isAlone: boolean): CheckWord {
  const open = parts.find(({ word }) => word.is === 'unknown');
  if (open !== undefined) {
    // the output of several commands says nothing about one of them
    const said = isAlone ? saidBy(open.command) : [];
    return said.length === 0 ? EXISTS : { is: 'unknown', said };
  }
  const words = parts.map(({ word }) => word);
  const missing = words.find((word) => word.is === 'absent');
  if (missing !== undefined) return missing;
  // only preparations: the check is what they prepare
  const why = words.flatMap((word) => (word.is === 'prepares' ? [word.why] : []))[0] ?? null;
  return why === null ? EXISTS : absent(why);
}

/** Where commands are read. */
interface Reading {
  readonly tree: CheckTree;
  /** Where the check starts. */
  readonly workdir: string;
  /** Commands that start commands. */
  readonly depth: number;
}

/** Null for a command that checks nothing. */
async function commandWord(
  command: SimpleCommand,
  { tree, workdir, depth }: Reading,
): Promise<TreeWord | null> {
  const { words, folder } = command;
  const [program = '', ...rest] = words;
  if (NEUTRAL.has(program)) return null;
  if (folder === null || folder.startsWith('..') || depth > DEPTH) return EXISTS;
  const started = startedBy(words);
  if (isDynamic(program) || ownWords(rest).some(isDynamic)) return EXISTS;
  const top = new Place(tree, '.');
  // git keeps no empty folders, so the one where checks start may be made for them
  if (folder !== workdir && !top.reaches(folder)) return absent(`there is no folder ${folder}`);
  const place = top.at(folder);
  if (started !== null) return startedWord(started, { tree, workdir, place, program, depth });
  return ownWord(program, rest, place);
}

/** What a command says of itself; a word behind an option that nobody here knows may be its value: absent is what is absent either way. */
async function ownWord(program: string, words: readonly string[], place: Place): Promise<TreeWord> {
  const kind = KIND_OF.get(program);
  const read = (own: readonly string[]): TreeWord | Promise<TreeWord> =>
    kind === undefined ? fileWord(program, own, place) : kind.tree(own, place);
  const word = await read(words);
  const other = withoutOptionWords(words);
  if (word.is !== 'absent' || other.length === words.length) return word;
  const second = await read(other);
  return second.is === 'absent' ? word : second;
}

/** Words before `--`: what stands behind it is for a script, which nobody here has to understand. */
function ownWords(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--');
  return at < 0 ? words : words.slice(0, at);
}

interface Starting extends Reading {
  readonly place: Place;
  readonly program: string;
}

/** `npx eslint .`, `poetry run pytest`: absent while its own world is, else what the program behind it says. */
async function startedWord(
  { words, manifests, needsManifest }: StartedCommand,
  { tree, workdir, place, program, depth }: Starting,
): Promise<TreeWord | null> {
  const manifest = manifests[0];
  const isMissing = manifest !== undefined && place.climb(manifests) === undefined;
  if (isMissing && needsManifest) return absent(`there is no ${manifest}`);
  const tool = words[0] ?? '';
  const inner = { words, folder: place.folder };
  const word = await commandWord(inner, { tree, workdir, depth: depth + 1 });
  if (word?.is !== 'unknown' || KIND_OF.has(tool)) return word;
  if (manifest === 'package.json') return dependencyWord(place, tool);
  // with a world of its own, a program that is not in it is something to repair
  return isMissing && KIND_OF.has(program) ? UNKNOWN : EXISTS;
}

/** A program may belong to a package of another name: only a manifest without any dependency says that it is not there. */
async function dependencyWord(place: Place, tool: string): Promise<TreeWord> {
  return (await declaresNothing(place)) ? absent(`package.json does not name ${tool}`) : EXISTS;
}

/** How a command that the files do not decide would say that there is nothing. */
function saidBy({ words }: SimpleCommand): Said[] {
  const started = startedBy(words);
  const kinds = [words[0] ?? '', started?.words[0] ?? ''].flatMap((program) => {
    const kind = KIND_OF.get(program);
    return kind === undefined ? [] : [{ tool: kind.tool, ...kind.said }];
  });
  return kinds.length > 0 || started !== null ? kinds : bashSays(words[0] ?? '');
}

/** bash's own words about a program that is nowhere. */
function bashSays(program: string): Said[] {
  if (!/^[\w.+-]{1,80}$/.test(program)) return [];
  const words = `${program}: command not found`;
  const test = (line: string): boolean =>
    line.endsWith(words) &&
    /^(?:\/\S*)?bash: (?:line \d+: )?$/.test(line.slice(0, line.length - words.length));
  return [{ tool: 'bash', exitCodes: [127], telling: { test } }];
}

/** A longer output is more than a tool's own words about nothing. */
const LONGEST_WORDS = 16 * 1024;

/** Why a run shows that there is nothing to check; undefined when it does not. Pure, linear. */
export function saysAbsent(
  said: readonly Said[],
  run: { readonly exitCode: number | null; readonly output: string },
): string | undefined {
  const { exitCode } = run;
  if (exitCode === null || run.output.length > LONGEST_WORDS) return undefined;
  const lines = run.output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const { tool, exitCodes, telling, around } of said) {
    const line = lines.find((candidate) => telling.test(candidate));
    const isAll = lines.every((other) => telling.test(other) || around?.test(other) === true);
    if (line !== undefined && isAll && exitCodes.includes(exitCode))
      return `${tool} says: ${line.slice(0, 160)}`;
  }
  return undefined;
}
