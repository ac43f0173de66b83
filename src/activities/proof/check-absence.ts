import { checkWord, type CheckTree, type CheckWord, type Evidence } from '../../domain/index.js';
import type { WorkspaceFolders } from '../../platform/index.js';
import { readCheckTree } from '../workspace/check-tree.js';

/** Says whether checks exist in the files of a proof lane. */
export interface AbsenceJudge {
  /** Looks at the lane as it is now: the tree, and what set-up laid beside it. */
  look(): Promise<void>;
  /** What the files say about a check. */
  ask(command: string): Promise<CheckWord>;
  /** What it means that the check is absent. */
  kindOf(command: string): NonNullable<Evidence['absence']>['kind'];
}

/** A judge of one tree; `existing` = command lines of checks that existed before, undefined = all. */
export function createAbsenceJudge(
  lane: WorkspaceFolders,
  { tree, existing }: { readonly tree: string; readonly existing: readonly string[] | undefined },
): AbsenceJudge {
  let files: CheckTree = { paths: new Set(), read: () => Promise.resolve(undefined) };
  return {
    async look() {
      files = await readCheckTree(lane, tree);
    },
    ask: (command) => checkWord(command, files, lane.workdir),
    kindOf: (command) =>
      existing === undefined || existing.includes(command) ? 'gone' : 'not-yet',
  };
}
