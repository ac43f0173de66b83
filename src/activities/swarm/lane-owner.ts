import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, type WorkspaceFolders } from '../../platform/index.js';

/** An attempt at a subtask. */
interface LaneOwner {
  readonly runId: string;
  readonly subtask: string;
  readonly attempt: number;
}

/** Notes whom a lane was laid out for. */
export async function noteLaneOwner(lane: WorkspaceFolders, owner: LaneOwner): Promise<void> {
  await writeFile(ownerFile(lane), nameOf(owner));
}

/** True when the lane was laid out for somebody else: what lies in it is not the owner's. False where nobody noted it. */
export async function isLaneOfAnother(lane: WorkspaceFolders, owner: LaneOwner): Promise<boolean> {
  try {
    return (await readFile(ownerFile(lane), 'utf8')) !== nameOf(owner);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

function ownerFile(lane: WorkspaceFolders): string {
  return join(lane.state, 'owner');
}

function nameOf({ runId, subtask, attempt }: LaneOwner): string {
  return `${runId} ${subtask} ${attempt}`;
}
