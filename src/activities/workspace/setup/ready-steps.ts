import { checkWord, type SetupStep, type WorkspaceSetup } from '../../../domain/index.js';
import type { WorkspaceFolders } from '../../../platform/index.js';
import { readCheckTree } from '../check-tree.js';

/**
 * The set-up without the commands that have nothing to work with yet: a project that is still empty has no manifest to install
 * from, and need not have one. Commands that a lock file suggested are there with it. The tree lies in the lane, unless it is
 * read in another way.
 */
export async function readySetup(
  setup: WorkspaceSetup,
  { lane, tree }: { readonly lane: WorkspaceFolders; readonly tree: string },
  readTree = readCheckTree,
): Promise<WorkspaceSetup> {
  if (setup.steps.every(({ lockFiles }) => lockFiles.length > 0)) return setup;
  const files = await readTree(lane, tree);
  const steps: SetupStep[] = [];
  for (const step of setup.steps) {
    const isNamed = step.lockFiles.length === 0;
    const word = isNamed ? await checkWord(step.command, files, step.folder) : null;
    if (word?.is !== 'absent') steps.push(step);
  }
  return { ...setup, steps };
}
