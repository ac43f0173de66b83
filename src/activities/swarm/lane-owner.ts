import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, writeDurableFile, type WorkspaceFolders } from '../../platform/index.js';

/** An attempt at a subtask. */
interface LaneOwner {
  readonly runId: string;
  readonly subtask: string;
  readonly attempt: number;
}

/** Notes whom a lane was laid out for. */
export async function noteLaneOwner(lane: WorkspaceFolders, owner: LaneOwner): Promise<void> {
  // as durable as the journal's word that it was laid out
  await writeDurableFile(ownerFile(lane), nameOf(owner));
}

/**
 * True when the lane was not laid out for the owner: what lies in it is somebody else's, or nobody's. Where nobody noted it, only an
 * owner who `laysOut` lanes itself has none.
 */
export async function isLaneOfAnother(
  lane: WorkspaceFolders,
  { laysOut = false, ...owner }: LaneOwner & { readonly laysOut?: boolean | undefined },
): Promise<boolean> {
  try {
    return (await readFile(ownerFile(lane), 'utf8')) !== nameOf(owner);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return laysOut;
  }
}

function ownerFile(lane: WorkspaceFolders): string {
  return join(lane.state, 'owner');
}

function nameOf({ runId, subtask, attempt }: LaneOwner): string {
  return `${runId} ${subtask} ${attempt}`;
}
