import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { InvalidInputError, SCRIPT_FOLDERS } from '../../domain/index.js';
import { isNotFound } from '../../platform/index.js';
import type { NamedModel, ScriptMeta, ScriptProblem } from '../../rlm/index.js';

/** A script as it stands in a file. */
export interface FoundScript {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly meta: ScriptMeta;
  readonly models: readonly NamedModel[];
  readonly texts: readonly string[];
}

/** A file that is no script, with what is wrong with it. */
export interface BrokenScript {
  readonly path: string;
  readonly problems: readonly ScriptProblem[];
}

/** Where a person keeps scripts of their own, behind those of the repository. */
const OWN_FOLDER = join('.config', 'codetether-agent', 'scripts');
const MOST_SCRIPTS = 200;
const PROBLEMS_SHOWN = 20;
/** Most bytes of one character. */
const BYTES_OF_ONE = 4;

/** All scripts that can be started by their name; the first of a name counts. `repository` null = there is none. */
export async function listScripts(repository: string | null): Promise<{
  readonly scripts: readonly FoundScript[];
  readonly broken: readonly BrokenScript[];
}> {
  const scripts = new Map<string, FoundScript>();
  const broken: BrokenScript[] = [];
  const files = (await Promise.all(foldersOf(repository).map(filesIn)))
    .flat()
    .slice(0, MOST_SCRIPTS);
  for (const path of files) {
    const read = await readFileScript(path);
    if ('problems' in read) broken.push(read);
    else if (!scripts.has(read.meta.name)) scripts.set(read.meta.name, read);
  }
  return { scripts: [...scripts.values()], broken };
}

/**
 * The script of a name or a file. Throws InvalidInputError `ERR_SCRIPT_UNKNOWN` with the names that there are, and `ERR_SCRIPT_INVALID` with every
 * problem, its line and column.
 */
export async function findScript(
  wanted: string,
  { repository, cwd }: { readonly repository: string | null; readonly cwd: string },
): Promise<FoundScript> {
  const isFile = wanted.endsWith('.js') || wanted.includes('/') || isAbsolute(wanted);
  if (isFile) return wholeScript(await readFileScript(resolve(cwd, wanted)));
  const { scripts, broken } = await listScripts(repository);
  const known = scripts.find(({ meta }) => meta.name === wanted);
  if (known !== undefined) return known;
  const bad = broken.find(({ path }) => path.endsWith(`/${wanted}.js`));
  if (bad !== undefined) return wholeScript(bad);
  const names = scripts.map(({ meta }) => meta.name).join(', ');
  throw new InvalidInputError('ERR_SCRIPT_UNKNOWN', {
    message: `there is no script "${wanted}"`,
    hint:
      names === ''
        ? 'write one into .codetether/scripts/NAME.js, or name a file'
        : `there are ${names}; or name a file`,
  });
}

function wholeScript(read: FoundScript | BrokenScript): FoundScript {
  if (!('problems' in read)) return read;
  const { path, problems } = read;
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ line, column, message }) => `  - line ${line}, column ${column}: ${message}`);
  throw new InvalidInputError('ERR_SCRIPT_INVALID', {
    message: [
      `${path} has ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
      ...lines,
    ].join('\n'),
    where: { file: path, line: problems[0]?.line },
    hint: 'correct it, then: codetether script check FILE',
    data: { problems },
  });
}

async function readFileScript(path: string): Promise<FoundScript | BrokenScript> {
  // the engine's reader is loaded by those who need it alone
  const { LONGEST_SCRIPT, readScript } = await import('../../rlm/index.js');
  const text = await textOf(path, LONGEST_SCRIPT);
  const read = readScript(text);
  if ('problems' in read) return { path, problems: read.problems };
  const { meta, models, texts } = read;
  return { path, text, meta, models, texts };
}

async function textOf(path: string, longest: number): Promise<string> {
  try {
    const { size } = await stat(path);
    // longer than it may be in any case: its beginning is enough to say so
    if (size > longest * BYTES_OF_ONE) return ' '.repeat(longest + 1);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InvalidInputError('ERR_SCRIPT_UNKNOWN', {
      message: `there is no file ${path}`,
      where: { file: path },
      hint: 'codetether script list shows the scripts that have a name',
    });
  }
}

function foldersOf(repository: string | null): string[] {
  const own = join(homedir(), OWN_FOLDER);
  return repository === null
    ? [own]
    : [...SCRIPT_FOLDERS.map((folder) => join(repository, folder)), own];
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const paths = names
    .filter((name) => name.endsWith('.js'))
    .toSorted()
    .slice(0, MOST_SCRIPTS)
    .map((name) => join(folder, name));
  const isFile = await Promise.all(paths.map(isRealFile));
  return paths.filter((_, at) => isFile[at]);
}

/** A link to nothing, or a folder, is no script, and keeps nobody from the others. */
async function isRealFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
