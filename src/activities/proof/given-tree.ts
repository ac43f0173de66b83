import {
  REPOSITORY_MODE,
  workspaceGit,
  type ChangedFile,
  type WorkspaceFolders,
} from '../../platform/index.js';
import type { StoryTree } from './story-tree.js';

const FILES_SHOWN = 10;

/** A tree that somebody else made, to be proven as it is. */
export async function givenTree(
  lane: WorkspaceFolders,
  { base, tree }: { readonly base: string; readonly tree: string },
): Promise<StoryTree> {
  return { tree, diff: await workspaceGit(lane).diffTrees(base, tree) };
}

/** Why a given tree cannot be proven as it is: submodules, whose content no lane holds. Undefined when nothing speaks against it. */
export function hindranceOf({ diff }: StoryTree): string | undefined {
  const modules = diff.files.filter(isSubmodule).map(({ path }) => path);
  return modules.length === 0
    ? undefined
    : `Submodules were changed, and their content is not part of the tree: ${shown(modules)}. Prove them in their own repository.`;
}

function isSubmodule({ before, after }: ChangedFile): boolean {
  return before?.mode === REPOSITORY_MODE || after?.mode === REPOSITORY_MODE;
}

function shown(files: readonly string[]): string {
  const rest = files.length - FILES_SHOWN;
  return `${files.slice(0, FILES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
