import { posix } from 'node:path';
import { fieldsOf, jsonFields, mayNameScripts, scriptsOf } from '../../domain/index.js';
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

/**
 * Files of the base that decide what the commands check: scripts that they name, directly or through package.json, a
 * Makefile or another script. Paths are relative to the repository.
 */
export async function checkScripts(
  lane: WorkspaceFolders,
  base: string,
  commands: readonly string[],
): Promise<ReadonlySet<string>> {
  const git = workspaceGit(lane);
  const found = new Set<string>();
  const folders = [...new Set([posix.normalize(lane.workdir), '.'])];
  let texts = [
    ...commands,
    ...(await readAll(
      git,
      base,
      folders.flatMap((folder) => RECIPES.map((name) => posix.join(folder, name))),
    )),
  ];
  for (let depth = 0; depth < DEPTH_LIMIT && texts.length > 0; depth += 1) {
    const named = texts.flatMap(scriptsOf);
    const wanted = new Set(
      named.flatMap((path) => folders.map((folder) => posix.normalize(posix.join(folder, path)))),
    );
    const fresh = (await existing(git, base, [...wanted])).filter((path) => !found.has(path));
    for (const path of fresh) found.add(path);
    texts = await readAll(git, base, fresh.filter(mayNameScripts));
  }
  return found;
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

async function readAll(git: Git, commit: string, paths: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const path of await existing(git, commit, paths)) {
    const text = (await git.readFile(commit, path))?.toString('utf8') ?? '';
    if (text.length > SIZE_LIMIT) continue;
    texts.push(...(path.endsWith('package.json') ? packageScripts(text).values() : [text]));
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
