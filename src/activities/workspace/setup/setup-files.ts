import type { WorkspaceSetup } from '../../../domain/index.js';
import type { WorkspaceFolders } from '../../../platform/index.js';
import { readStoredTree } from '../check-tree.js';
import { readySetup } from './ready-steps.js';
import { setupKey } from './setup-key.js';

/** Files on which a set-up runs: it runs code of theirs, whatever its lock files say. */
export interface SetupFiles {
  readonly tree: string;
  /** The proof that alone may use what it made; null = all may, nobody's unproven code has run. */
  readonly proof: string | null;
}

/** For whom a lane is set up. */
export interface SetupOwner {
  /** Tree or commit whose code everybody's proof may run: the base, or what was proven since. */
  readonly proven: string;
  /** Names the proof that the lane is set up for; null = for an agent, on files that are proven. */
  readonly proof: string | null;
}

/** What is to be set up in a lane. */
export interface WantedSetup {
  readonly lane: WorkspaceFolders;
  readonly tree: string;
  readonly owner: SetupOwner;
  /** As planned. */
  readonly planned: WorkspaceSetup;
  /** What of it has something to work with in the tree, and its key. */
  readonly ready: WorkspaceSetup;
  readonly key: string;
}

/**
 * The files on which to make a set-up. Where lock files and commands are those of the proven files, it is made on those: an
 * install script of the story's would else be run for all later stories that use what it made.
 */
export async function chooseFiles(wanted: WantedSetup): Promise<SetupFiles> {
  const { tree, owner } = wanted;
  const isProven = owner.proven === tree || (await isSame(wanted));
  return isProven ? { tree: owner.proven, proof: null } : { tree, proof: owner.proof };
}

async function isSame({ lane, owner, planned, ready, key }: WantedSetup): Promise<boolean> {
  const there = await readySetup(planned, { lane, tree: owner.proven }, readStoredTree);
  if (there.steps.length !== ready.steps.length) return false;
  return (await setupKey(lane, there, owner.proven)) === key;
}
