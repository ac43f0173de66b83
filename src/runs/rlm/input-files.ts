import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { InvalidInputError, visibleLine } from '../../domain/index.js';
import {
  hiddenPaths,
  hostEnvironment,
  isNotFound,
  isWithin,
  resolveInside,
  runProcess,
} from '../../platform/index.js';

/** One file of an input. */
export interface InputFile {
  /** As people know it: relative to the folder where the question is asked. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** The files that were named, and what was left out of folders. */
export interface InputFiles {
  readonly files: readonly InputFile[];
  readonly notes: readonly string[];
}

const MOST_FILES = 20_000;
const LIST_LIMIT = 16 * 1024 * 1024;
const LIST_TIMEOUT_MS = 60_000;
const READ_BYTES = 256 * 1024;
/** Files that a note names. */
const NAMES_SHOWN = 10;
const GLOB = /[*?[{]/;

/**
 * The files that words name: files, folders (what git would not ignore in them), globs. Binary files of folders and globs are left out with
 * a note; one that is named is refused. With `shownOnly` so are files outside of the folder and those that tools are not shown. Throws InvalidInputError `ERR_RLM_INPUT` with the word that names nothing.
 */
export async function findInputFiles(
  words: readonly string[],
  cwd: string,
  { shownOnly }: { readonly shownOnly?: boolean | undefined } = {},
): Promise<InputFiles> {
  const files = new Map<string, InputFile>();
  const binary: string[] = [];
  const pick = shownOnly === true ? shown : allOf;
  for (const word of words) {
    const found = await filesOf(word, cwd);
    const picked = { ...found, paths: await pick(word, cwd, found) };
    await takeFiles(word, picked, { files, binary, cwd });
  }
  if (files.size > MOST_FILES)
    throw refusal(words[0] ?? '', `${files.size} files are more than the most, ${MOST_FILES}`);
  const sorted = [...files.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return {
    files: sorted,
    notes: binary.length === 0 ? [] : [binaryNote(binary)],
  };
}

/** Puts the files of one word where they belong. */
async function takeFiles(
  word: string,
  { paths, isNamed }: FoundFiles,
  taken: {
    readonly files: Map<string, InputFile>;
    readonly binary: string[];
    readonly cwd: string;
  },
): Promise<void> {
  let usable = 0;
  for (const path of paths) {
    const name = relative(taken.cwd, path) || path;
    const isText = await holdsText(path, word);
    if (!isText && isNamed) throw refusal(word, 'it holds zero bytes: it is no text');
    if (isText) {
      usable += 1;
      taken.files.set(path, { name, path });
    } else taken.binary.push(name);
  }
  if (usable === 0) throw refusal(word, 'there is no text file in it');
}

/** Which files were left out; names are somebody else's text. */
function binaryNote(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => visibleLine(name).slice(0, 200));
  const more = names.length > NAMES_SHOWN ? [`… ${names.length - NAMES_SHOWN} more`] : [];
  const what = names.length === 1 ? '1 binary file is' : `${names.length} binary files are`;
  return `${what} not part of the input: ${[...shown, ...more].join(', ')}`;
}

interface FoundFiles {
  readonly paths: readonly string[];
  readonly isNamed: boolean;
}

function allOf(_word: string, _cwd: string, { paths }: FoundFiles): Promise<readonly string[]> {
  return Promise.resolve(paths);
}

/** Those of them that a stranger may see; one that is named and not to be seen is refused. */
async function shown(word: string, cwd: string, found: FoundFiles): Promise<readonly string[]> {
  if (found.isNamed) {
    const answer = await resolveInside({ root: cwd, workdir: '.', isView: true }, word, 'read');
    if (!answer.isInside) throw refusal(word, answer.reason);
    return found.paths;
  }
  const inside = found.paths.filter((path) => isWithin(cwd, path));
  const hidden = await hiddenPaths(
    { root: cwd, isView: true },
    inside.map((path) => relative(cwd, path)),
  );
  return inside.filter((path) => !hidden.has(relative(cwd, path)));
}

async function filesOf(word: string, cwd: string): Promise<FoundFiles> {
  const path = resolve(cwd, word);
  const facts = await stat(path).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw refusal(word, (error as Error).message);
  });
  if (facts?.isDirectory() === true) return { paths: await list(path, [], word), isNamed: false };
  if (facts !== undefined) {
    if (!facts.isFile()) throw refusal(word, 'it is no file');
    return { paths: [path], isNamed: true };
  }
  if (!GLOB.test(word)) throw refusal(word, 'there is no such file');
  const parts = path.split('/');
  const fixed = parts.findIndex((part) => GLOB.test(part));
  const folder = parts.slice(0, fixed).join('/') || '/';
  const pattern = `/${parts.slice(fixed).join('/')}`;
  return { paths: await list(folder, ['--glob', pattern], word), isNamed: false };
}

/** Ripgrep knows what git ignores, and globs. */
async function list(folder: string, more: readonly string[], word: string): Promise<string[]> {
  const { rgPath } = await import('@vscode/ripgrep');
  const { output, exitCode } = await runProcess({
    command: rgPath,
    args: ['--files', '--null', '--no-messages', '--no-config', ...more, '--', '.'],
    cwd: folder,
    env: hostEnvironment(),
    timeoutMs: LIST_TIMEOUT_MS,
    maxOutputBytes: LIST_LIMIT,
    isRaw: true,
  }).catch((error: unknown) => {
    throw refusal(word, (error as Error).message);
  });
  if (exitCode !== 0 && exitCode !== 1) throw refusal(word, 'its files cannot be listed');
  if (output.omittedBytes > 0) throw refusal(word, `it has more than ${MOST_FILES} files`);
  return `${output.head}${output.tail}`
    .split('\0')
    .filter((name) => name !== '')
    .map((name) => resolve(folder, name));
}

/** Looks at all of it: the first zero byte may be the last byte. */
async function holdsText(path: string, word: string): Promise<boolean> {
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of stream) if ((chunk as Buffer).includes(0)) return false;
    return true;
  } catch (error) {
    throw refusal(word, `${path} cannot be read: ${(error as Error).message}`);
  }
}

function refusal(file: string, message: string): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message: `the input cannot be used: ${message}`,
    where: { file },
    hint: 'name text files, folders or globs with -f, or give text with --content',
  });
}
