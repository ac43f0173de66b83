import { isCiPath, isMigrationPath, MASS_DELETION, type Outside } from '../../../domain/index.js';
import { workspaceGit, type ChangedFile, type WorkspaceFolders } from '../../../platform/index.js';
import { isManifest, namedDependencies } from './named-dependencies.js';
import type { StoryTree } from '../story-tree.js';

const MOST_NAMES = 50;
/** Manifests that are compared, and the size of one. */
const MOST_MANIFESTS = 200;
const LARGEST_MANIFEST = 1024 * 1024;

/** What a story decided that is not its own; undefined when there is nothing of that kind. */
export async function outsideDecisions(
  lane: WorkspaceFolders,
  base: string,
  { tree, diff }: StoryTree,
): Promise<Outside | undefined> {
  const { files } = diff;
  const deleted = files.filter(({ change }) => change === 'deleted').length;
  const outside: Outside = {
    dependencies: await newDependencies(lane, { base, tree }, files),
    migrations: pathsOf(files, ({ path, change }) => change !== 'deleted' && isMigrationPath(path)),
    ciFiles: pathsOf(files, ({ path }) => isCiPath(path)),
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
  return files
    .filter(isWanted)
    .map(({ path }) => path.slice(0, 400))
    .slice(0, MOST_NAMES);
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
  for (const { path } of files.filter((file) => isManifest(file.path)).slice(0, MOST_MANIFESTS)) {
    for (const [commit, names] of [
      [base, before],
      [tree, after],
    ] as const) {
      const content = await git.readFile(commit, path);
      if (content === undefined || content.length > LARGEST_MANIFEST) continue;
      for (const name of namedDependencies(path, content.toString('utf8'))) names.add(name);
    }
  }
  return [...after].filter((name) => !before.has(name)).slice(0, MOST_NAMES);
}
