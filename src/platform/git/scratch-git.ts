import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGit, type Git } from './git.js';
import type { UserRepository } from './user-repository.js';

/** Git over a person's repository and the engine's clone of it, whose new objects go nowhere. */
export interface ScratchGit {
  readonly git: Git;
  /** Removes what was written. */
  close(): Promise<void>;
}

/** Opens it. Branches are the person's; objects are read from both, and written to a folder that {@link ScratchGit.close} removes. */
export async function openScratchGit(
  repository: UserRepository,
  bareClone: string,
): Promise<ScratchGit> {
  const writeTo = await mkdtemp(join(tmpdir(), 'codetether-objects-'));
  await mkdir(join(writeTo, 'pack'));
  const readFrom = [repository.commonDir, bareClone]
    .map((folder) => join(folder, 'objects'))
    .filter((folder) => existsSync(folder));
  return {
    git: createGit({ gitDir: repository.commonDir, objects: { writeTo, readFrom } }),
    close: () => rm(writeTo, { recursive: true, force: true }),
  };
}
