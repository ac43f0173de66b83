import { constants } from 'node:fs';
import { cp, lstat, mkdir, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../../domain/index.js';
import {
  isNotFound,
  isWithin,
  resolveInside,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { copiesBeside } from '../layout.js';

/** How files are copied: times and links stay, and file systems that can share blocks do. */
export const COPY = {
  recursive: true,
  verbatimSymlinks: true,
  preserveTimestamps: true,
  mode: constants.COPYFILE_FICLONE,
} as const;

/**
 * Copies ignored files of the user's checkout beside the lanes of a run, once, so that every lane gets the same ones however
 * the checkout changes meanwhile. Throws InvalidInputError `ERR_SETUP_COPY` for what is missing, outside, or a link that
 * leads outside.
 */
export async function stageCopies(
  repository: string,
  paths: readonly string[],
  staged: string,
): Promise<void> {
  if (paths.length === 0) return;
  await rm(staged, { recursive: true, force: true });
  const top = await realpath(repository);
  for (const path of paths) {
    await assertInside(top, path);
    const target = join(staged, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(top, path), target, {
      ...COPY,
      filter: async (source) => {
        await assertLink(top, source);
        return true;
      },
    });
  }
}

async function assertInside(top: string, path: string): Promise<void> {
  const parts = relative(top, resolve(top, path)).split(sep);
  if (isAbsolute(path) || parts[0] === '..' || parts[0] === '' || parts.includes('.git'))
    throw refused(path, 'it is no path inside the repository');
  try {
    const real = await realpath(join(top, dirname(path)));
    if (real !== top && !real.startsWith(top + sep))
      throw refused(path, 'a symbolic link on the way leads outside the repository');
    await lstat(join(top, path));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw refused(path, 'there is no such file in your checkout', error);
  }
}

/** A link in a lane that leads out would show, or let commands change, what is no part of the run. */
async function assertLink(top: string, source: string): Promise<void> {
  if (!(await lstat(source)).isSymbolicLink()) return;
  const target = await readlink(source);
  if (isAbsolute(target) || !isWithin(top, resolve(dirname(source), target)))
    throw refused(relative(top, source), 'it is a symbolic link that leads out of the repository');
}

function refused(path: string, reason: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError('ERR_SETUP_COPY', {
    message: `cannot copy ${path} into the lanes: ${reason}`,
    where: { file: path, field: 'workspace.copy' },
    hint: 'correct [workspace] copy in the configuration: paths of ignored files, relative to the repository',
    cause,
  });
}

/** Puts the staged copies into a lane; what a symbolic link of the repository's would lead outside is refused. */
export async function copyInto(lane: WorkspaceFolders, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const answer = await resolveInside({ root: lane.root, workdir: '.' }, path, 'write');
    if (!answer.isInside) throw refused(path, answer.reason);
    const { absolute } = answer.path;
    await rm(absolute, { recursive: true, force: true });
    await mkdir(dirname(absolute), { recursive: true });
    await cp(join(copiesBeside(lane), path), absolute, COPY);
  }
}
