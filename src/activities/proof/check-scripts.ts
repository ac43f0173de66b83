import { posix } from 'node:path';
import {
  askedScripts,
  fieldsOf,
  jsonFields,
  mayNameScripts,
  scriptsOf,
  sourcedScripts,
} from '../../domain/index.js';
import { workspaceGit, type Git, type WorkspaceFolders } from '../../platform/index.js';

/** Scripts that name scripts that name scripts: further ones are no longer followed. */
const DEPTH_LIMIT = 4;
const FILES_LIMIT = 200;
const SIZE_LIMIT = 64 * 1024;
/** Files of the folder where checks run that say what `npm test` or `make check` means. */
const RECIPES = [
  'package.json',
  'Makefile',
  'makefile',
  'GNUmakefile',
  'justfile',
  'Justfile',
  'tox.ini',
];

/** Scripts of a base that its checks run. */
export interface CheckScripts {
  readonly all: ReadonlySet<string>;
  /** Those that others merely run, or whose output they compare: they may be the thing under test. */
  readonly subjects: ReadonlySet<string>;
}

/** A text that names scripts; without a path it is a command or a recipe. */
interface NamingText {
  readonly path?: string;
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
  const found = new Set<string>();
  const checks = new Set<string>();
  const folders = [...new Set([posix.normalize(lane.workdir), '.'])];
  let texts: NamingText[] = [
    ...commands.map((text) => ({ text })),
    ...(
      await readAll(
        git,
        base,
        folders.flatMap((folder) => RECIPES.map((name) => posix.join(folder, name))),
      )
    ).map(({ text }) => ({ text })),
  ];
  for (let depth = 0; depth < DEPTH_LIMIT && texts.length > 0; depth += 1) {
    const inFolders = (paths: readonly string[]): string[] =>
      paths.flatMap((path) => folders.map((folder) => posix.normalize(posix.join(folder, path))));
    const wanted = new Set(inFolders(texts.flatMap(({ text }) => scriptsOf(text))));
    const ofCheck = texts.flatMap((text) =>
      inFolders(checksNamedBy(text)).filter((path) => isOfCheck(path, text, checks)),
    );
    for (const path of ofCheck) checks.add(path);
    const fresh = (await existing(git, base, [...wanted])).filter((path) => !found.has(path));
    for (const path of fresh) found.add(path);
    texts = await readAll(git, base, fresh.filter(mayNameScripts));
  }
  return { all: found, subjects: new Set([...found].filter((path) => !checks.has(path))) };
}

/** Scripts that a text makes part of the check. */
function checksNamedBy({ path, text }: NamingText): string[] {
  if (path !== undefined) return sourcedScripts(text);
  const asked = new Set(askedScripts(text));
  return scriptsOf(text).filter((name) => !asked.has(name));
}

/** What a script reads into itself is of the check as it is, where it lies beside it; at the top everything lies beside everything. */
function isOfCheck(path: string, { path: by }: NamingText, checks: ReadonlySet<string>): boolean {
  if (by === undefined) return true;
  const folder = posix.dirname(by);
  return checks.has(by) && folder !== '.' && path.startsWith(`${folder}/`);
}

/** Those of `paths` that are files of the commit; one process for all. */
async function existing(git: Git, commit: string, paths: readonly string[]): Promise<string[]> {
  const inside = paths
    .filter((path) => path !== '.' && !path.startsWith('../'))
    .slice(0, FILES_LIMIT);
  if (inside.length === 0) return [];
  const literal = inside.map((path) => path.replace(/\/$/, ''));
  const answer = await git.run(['ls-tree', '-z', '--full-tree', commit, '--', ...literal]);
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
): Promise<Required<NamingText>[]> {
  const texts: Required<NamingText>[] = [];
  for (const path of await existing(git, commit, paths)) {
    const text = (await git.readFile(commit, path))?.toString('utf8') ?? '';
    if (text.length > SIZE_LIMIT) continue;
    const parts = path.endsWith('package.json') ? packageScripts(text).values() : [text];
    for (const part of parts) texts.push({ path, text: part });
  }
  return texts;
}

/** The scripts of a package.json by name; none of anything else. */
export function packageScripts(text: string | undefined): ReadonlyMap<string, string> {
  const { scripts } = jsonFields(text) ?? {};
  return new Map(
    Object.entries(fieldsOf(scripts)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
