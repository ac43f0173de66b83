import { mkdir, stat } from 'node:fs/promises';
import {
  isNotFound,
  noteEngineWrite,
  resolveInside,
  type WorkspaceFolders,
} from '../../platform/index.js';

/**
 * Makes the folder where the PRD lies, if the files do not have it: git keeps no empty folders, and a PRD that is not
 * committed may be alone in its own. A file or a link that leads outside is left as it is.
 */
export async function ensureWorkdir(lane: WorkspaceFolders): Promise<void> {
  const answer = await resolveInside(lane, '.', 'read');
  if (!answer.isInside) return;
  try {
    if ((await mkdir(answer.path.absolute, { recursive: true })) !== undefined)
      noteEngineWrite(lane.root);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
  }
}

/** Absolute path of the folder where commands start; undefined when it is no folder inside the lane. */
export async function findWorkdir(lane: WorkspaceFolders): Promise<string | undefined> {
  const answer = await resolveInside(lane, '.', 'read');
  if (!answer.isInside) return undefined;
  try {
    const facts = await stat(answer.path.absolute);
    return facts.isDirectory() ? answer.path.absolute : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
