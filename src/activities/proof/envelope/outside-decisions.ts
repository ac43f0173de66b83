import { isCiPath, isMigrationPath, MASS_DELETION, type Outside } from '../../../domain/index.js';
import { workspaceGit, type ChangedFile, type WorkspaceFolders } from '../../../platform/index.js';
import { isManifest, namedDependencies } from './named-dependencies.js';
import type { StoryTree } from '../story-tree.js';

const MOST_NAMES = 50;
/** Manifests that are compared, and the size of one. */
const MOST_MANIFESTS = 200;
const LARGEST_MANIFEST = 1024 * 1024;

/** Where it is looked for. */
export interface OutsideSearch {
  readonly base: string;
  /** What a person has granted already, in the words of a hit: lists begin with the rest, so that cutting them hides nothing new. */
  readonly granted: readonly string[];
}

/** What a story decided that is not its own; undefined when there is nothing of that kind. */
export async function outsideDecisions(
  lane: WorkspaceFolders,
  { base, granted }: OutsideSearch,
  { tree, diff }: StoryTree,
): Promise<Outside | undefined> {
  const { files } = diff;
  const isGranted = (name: string): boolean => granted.some((hit) => hit.endsWith(` ${name}`));
  const cut = (names: readonly string[]): string[] =>
    [...names.filter((name) => !isGranted(name)), ...names.filter(isGranted)].slice(0, MOST_NAMES);
  const deleted = files.filter(({ change }) => change === 'deleted').length;
  const outside: Outside = {
    dependencies: cut(await newDependencies(lane, { base, tree }, files)),
    migrations: cut(
      pathsOf(files, ({ path, change }) => change !== 'deleted' && isMigrationPath(path)),
    ),
    ciFiles: cut(pathsOf(files, ({ path }) => isCiPath(path))),
    deletions: deleted >= MASS_DELETION ? deleted : 0,
  };
  const { dependencies, migrations, ciFiles, deletions } = outside;
  const count = dependencies.length + migrations.length + ciFiles.length + deletions;
  return count === 0 ? undefined : outside;
}

function pathsOf(
  files: readonly ChangedFile[],
  isWanted: (file: ChangedFile) => boolean,
): string[] {
  return files.filter(isWanted).map(({ path }) => path.slice(0, 400));
}

/** Names that a manifest has and none of the base had in any changed manifest: moving one to another file is no news. */
async function newDependencies(
  lane: WorkspaceFolders,
  { base, tree }: { readonly base: string; readonly tree: string },
  files: readonly ChangedFile[],
): Promise<string[]> {
  const git = workspaceGit(lane);
  const before = new Set<string>();
  const after = new Set<string>();
  const manifests = files.filter((file) => isManifest(file.path));
  // what was not read may bring anything, and says so
  const unread = manifests.slice(MOST_MANIFESTS).map(({ path }) => path);
  for (const { path } of manifests.slice(0, MOST_MANIFESTS)) {
    for (const [commit, names] of [
      [base, before],
      [tree, after],
    ] as const) {
      const content = await git.readFile(commit, path);
      const isTooLarge = content !== undefined && content.length > LARGEST_MANIFEST;
      if (isTooLarge && commit === tree) unread.push(path);
      if (content === undefined || isTooLarge) continue;
      for (const name of namedDependencies(path, content.toString('utf8'))) names.add(name);
    }
  }
  return [
    ...unread.map((path) => `of ${path.slice(0, 300)}, which is too large to be read`),
    ...[...after].filter((name) => !before.has(name)),
  ];
}
