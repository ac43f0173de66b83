import { posix } from 'node:path';
import {
  askedScripts,
  assertsItself,
  loadedFiles,
  mayNameScripts,
  scriptsOf,
  sourcedScripts,
  startedPrograms,
  startsTests,
} from '../../domain/index.js';
import { workspaceGit, type Git, type WorkspaceFolders } from '../../platform/index.js';
import { packageScripts, RECIPES, scriptsNamedIn } from './recipes.js';

/** Scripts that name scripts that name scripts: further ones are no longer followed. */
const DEPTH_LIMIT = 4;
const FILES_LIMIT = 200;
const SIZE_LIMIT = 64 * 1024;

/** Scripts of a base that its checks run. */
export interface CheckScripts {
  readonly all: ReadonlySet<string>;
  /** Those that others merely run, or whose output they compare: they may be the thing under test. */
  readonly subjects: ReadonlySet<string>;
  /**
   * Those that start or collect tests without comparing anything, and programs that a check starts: where the base's version is not enough,
   * the story's own is tried, and canaries decide.
   */
  readonly open: ReadonlySet<string>;
  /** Those that only an interpreter is given: without a trace nobody knows whether they run. */
  readonly programs: ReadonlySet<string>;
}

/** A text that names scripts; without a path it is a command or a recipe. */
interface NamingText {
  readonly path?: string;
  readonly text: string;
  /** False for recipes that none of the commands reaches, as far as is known. */
  readonly isRun: boolean;
}

/**
 * How a file is named. `check`: by a command or recipe, as what decides. `started`: by one, as a program. `run`: by a script, which may compare
 * what it prints. `program`: by a script, as a program. `loaded`: by a program that starts tests.
 */
type Naming = 'check' | 'started' | 'run' | 'program' | 'loaded';

interface FoundScript {
  readonly namings: Set<Naming>;
  readonly text: string;
}

/**
 * Files of the base that decide what the commands check: scripts that they name, directly or through package.json, a
 * Makefile or another script. What a command or a recipe names, and what that reads into itself from its own folder, is the check; what a script runs may
 * as well be what is checked. Paths are relative to the repository.
 */
export async function checkScripts(
  lane: WorkspaceFolders,
  base: string,
  commands: readonly string[],
): Promise<CheckScripts> {
  const git = workspaceGit(lane);
  const folders = [...new Set([posix.normalize(lane.workdir), '.'])];
  const found = new Map<string, FoundScript>();
  let texts = await namingTexts({ git, base, folders }, commands);
  for (let depth = 0; depth < DEPTH_LIMIT && texts.length > 0; depth += 1) {
    const named = texts.flatMap((text) => namedBy(text, folders, found));
    const fresh = await existing(git, base, [
      ...new Set(named.map(({ path }) => path).filter((path) => !found.has(path))),
    ]);
    for (const path of fresh)
      found.set(path, { namings: new Set(), text: await readText(git, base, path) });
    for (const { path, naming } of named)
      for (const each of filesBelow(path, fresh)) found.get(each)?.namings.add(naming);
    texts = fresh.flatMap((path) => furtherTexts(path, found.get(path)?.text ?? ''));
  }
  return divide(found);
}

/** The file itself, or for a folder those that were found in it. */
function filesBelow(path: string, files: readonly string[]): readonly string[] {
  return path.endsWith('/') ? files.filter((file) => file.startsWith(path)) : [path];
}

/** What a found file may name: shell scripts name others, programs that start tests load parts of themselves. */
function furtherTexts(path: string, text: string): NamingText[] {
  return mayNameScripts(path) || startsTests(path, text) ? [{ path, text, isRun: true }] : [];
}

interface NamedFile {
  readonly path: string;
  readonly naming: Naming;
}

function namedBy(
  given: NamingText,
  folders: readonly string[],
  found: ReadonlyMap<string, FoundScript>,
): NamedFile[] {
  const { path, text, isRun } = given;
  const inFolders = (paths: readonly string[], how: Naming): NamedFile[] =>
    paths.flatMap((name) =>
      folders.map((folder) => ({ path: posix.normalize(posix.join(folder, name)), naming: how })),
    );
  const scripts = (names: readonly string[], how: Naming): NamedFile[] =>
    inFolders(
      names.map((name) => name.replace(/\/{1,9}$/, '')),
      how,
    );
  if (path !== undefined && !mayNameScripts(path))
    return loadedFiles(path, text).map((name) => ({ path: name, naming: 'loaded' }));
  const checks = scripts(checksNamedBy(given), 'check').filter((one) =>
    isOfCheck(one.path, path, found),
  );
  const programs = isRun ? [...startedPrograms(text), ...evaluatedFiles(given)] : [];
  return [
    ...scripts(scriptsOf(text), 'run'),
    ...checks,
    ...inFolders(programs, path === undefined ? 'started' : 'program'),
  ];
}

/** What code on a command line loads: `node -e "require('./run')"`. */
function evaluatedFiles({ path, text }: NamingText): string[] {
  if (path !== undefined || !/\s(?:-[ceEp]|--eval)\s/.test(text)) return [];
  return [text, text.replace(/["';]/g, '\n')].flatMap((code) => loadedFiles('-', code));
}

/** Scripts that a text makes part of the check. */
function checksNamedBy({ path, text }: NamingText): string[] {
  if (path !== undefined) return sourcedScripts(text);
  const asked = new Set(askedScripts(text));
  return scriptsOf(text).filter((name) => !asked.has(name));
}

/** What a script reads into itself is of the check as it is, where it lies beside it; at the top everything lies beside everything. */
function isOfCheck(
  path: string,
  by: string | undefined,
  found: ReadonlyMap<string, FoundScript>,
): boolean {
  if (by === undefined) return true;
  const folder = posix.dirname(by);
  const isCheck = found.get(by)?.namings.has('check') === true;
  return isCheck && folder !== '.' && path.startsWith(`${folder}/`);
}

function divide(found: ReadonlyMap<string, FoundScript>): CheckScripts {
  const all = new Set<string>();
  const subjects = new Set<string>();
  const open = new Set<string>();
  const programs = new Set<string>();
  for (const [path, script] of found) {
    const kind = kindOf(path, script);
    if (kind === undefined) continue;
    all.add(path);
    if (kind.isOpen) open.add(path);
    if (kind.mayBeProduct) subjects.add(path);
    if (!script.namings.has('check') && !script.namings.has('run')) programs.add(path);
  }
  return { all, subjects, open, programs };
}

interface ScriptKind {
  readonly isOpen: boolean;
  readonly mayBeProduct: boolean;
}

/** What a script is to the check, by who names it and by what it does; undefined = nothing. */
function kindOf(path: string, { namings, text }: FoundScript): ScriptKind | undefined {
  const isRunner = startsTests(path, text);
  const isTest = assertsItself(text, isRunner);
  if (namings.has('check')) return { isOpen: isRunner && !isTest, mayBeProduct: false };
  if (namings.has('started')) return { isOpen: !isTest, mayBeProduct: !isTest && !isRunner };
  if (namings.has('run')) return { isOpen: false, mayBeProduct: true };
  if (namings.has('program')) return { isOpen: true, mayBeProduct: !isRunner };
  return isRunner ? { isOpen: true, mayBeProduct: false } : undefined;
}

interface BaseTree {
  readonly git: Git;
  readonly base: string;
  readonly folders: readonly string[];
}

/** The commands, and the recipes of the folder where checks run that say what `npm test` or `make check` means. */
async function namingTexts(
  { git, base, folders }: BaseTree,
  commands: readonly string[],
): Promise<NamingText[]> {
  const inFolders = (names: readonly string[]): string[] =>
    folders.flatMap((folder) => names.map((name) => posix.join(folder, name)));
  const manifests = await readAll(git, base, inFolders(['package.json']));
  const scripts = manifests.map(({ text }) => packageScripts(text));
  const recipes = await Promise.all(
    RECIPES.map(async ([starts, files]) => ({
      starts,
      texts: await readAll(git, base, inFolders(files)),
    })),
  );
  const behind = (text: string): string[] => [
    ...scripts.flatMap((names) => scriptsNamedIn(text, names)),
    ...recipes.flatMap((recipe) =>
      recipe.starts.test(text) ? recipe.texts.map((next) => next.text) : [],
    ),
  ];
  const run = new Set(commands);
  // what is added on the way is visited as well
  for (const text of run) for (const next of behind(text)) run.add(next);
  const others = [
    ...scripts.flatMap((names) => [...names.values()]),
    ...recipes.flatMap(({ texts }) => texts.map(({ text }) => text)),
  ].filter((text) => !run.has(text));
  return [
    ...[...run].map((text) => ({ text, isRun: true })),
    ...others.map((text) => ({ text, isRun: false })),
  ];
}

/** Those of `paths` that are files of the commit; one process for all. A path with a slash at its end stands for the files of that folder. */
async function existing(git: Git, commit: string, paths: readonly string[]): Promise<string[]> {
  const inside = paths
    .filter((path) => path !== '.' && path !== './' && !path.startsWith('../'))
    .slice(0, FILES_LIMIT);
  if (inside.length === 0) return [];
  const answer = await git.run(['ls-tree', '-z', '--full-tree', commit, '--', ...inside]);
  return answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => / blob /.test(line))
    .map((line) => line.slice(line.indexOf('\t') + 1));
}

async function readAll(
  git: Git,
  commit: string,
  paths: readonly string[],
): Promise<{ readonly path: string; readonly text: string }[]> {
  const found = await existing(git, commit, paths);
  return Promise.all(
    found.map(async (path) => ({ path, text: await readText(git, commit, path) })),
  );
}

/** Empty for a file that nobody wrote by hand. */
async function readText(git: Git, commit: string, path: string): Promise<string> {
  const text = (await git.readFile(commit, path))?.toString('utf8') ?? '';
  return text.length > SIZE_LIMIT ? '' : text;
}
