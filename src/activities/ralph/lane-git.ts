import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  excludesFile,
  isNotFound,
  noteEngineWrite,
  type WorkspaceFolders,
} from '../../platform/index.js';

/** What the lane's own repository shows to whoever works there. */
export interface LaneHead {
  readonly commit: string;
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
}

/**
 * Gives a lane a fresh `.git`, so that agents and checks can use git there. It borrows the bare clone's objects (bound
 * read-only in the sandbox) and is thrown away with every story. The engine never runs git in it: an agent may have
 * planted hooks or an fsmonitor there, which must not run outside the sandbox.
 */
export async function plantLaneGit(lane: WorkspaceFolders, head: LaneHead): Promise<void> {
  const folder = join(lane.root, '.git');
  noteEngineWrite(folder);
  await rm(folder, { recursive: true, force: true });
  const ref = `refs/heads/${head.branch}`;
  await mkdir(join(folder, 'objects', 'info'), { recursive: true });
  await mkdir(join(folder, ref, '..'), { recursive: true });
  await mkdir(join(folder, 'info'), { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'HEAD'), `ref: ${ref}\n`),
    writeFile(join(folder, ref), `${head.commit}\n`),
    writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(lane.gitDir, 'objects')}\n`),
    writeFile(join(folder, 'config'), laneConfig(head)),
    copyFile(join(lane.state, 'index'), join(folder, 'index')),
    copyExcludes(lane, join(folder, 'info', 'exclude')),
  ]);
}

/** What set-up made is not shown as untracked to whoever works there. */
async function copyExcludes(lane: WorkspaceFolders, target: string): Promise<void> {
  try {
    await copyFile(excludesFile(lane), target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function laneConfig({ author }: LaneHead): string {
  const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, ' ')}"`;
  return [
    '[core]',
    '\trepositoryformatversion = 0',
    '\tfilemode = true',
    '\tbare = false',
    '[user]',
    `\tname = ${quote(author.name)}`,
    `\temail = ${quote(author.email)}`,
    '[gc]',
    '\tauto = 0',
    '',
  ].join('\n');
}
