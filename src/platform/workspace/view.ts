import { realpathSync } from 'node:fs';
import { mkdir, rm, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { InvalidInputError, type WorkspaceId } from '../../domain/index.js';
import { ignoredPaths } from '../git/ignored-paths.js';
import { isSecretName } from '../git/secret-name.js';
import { isWithin } from '../light/within.js';
import { hostEnvironment } from '../process/host-environment.js';
import { writeDurableFile } from '../storage/durable-file.js';
import { NO_REPOSITORY, workspaceFolder, type WorkspaceFolders } from './workspace.js';

/**
 * Makes a workspace that shows a folder of the person, for tools that only read: nothing is copied, and removing it removes a link. Repeating
 * it is harmless. Throws InvalidInputError `ERR_RLM_INPUT` for a folder that is not there, or is not to be shown.
 */
export async function createView(home: string, id: WorkspaceId, shown: string): Promise<void> {
  const folder = workspaceFolder(home, id);
  const link = join(folder, 'tree');
  // whatever it showed before: it shows nothing until this one has been looked at
  await rm(link, { force: true });
  const isFolder = await stat(shown).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isFolder) throw unshown(shown, 'is not there');
  const why = whyUnshown(shown, home);
  if (why !== undefined) throw unshown(shown, why);
  await mkdir(join(folder, 'state'), { recursive: true });
  await symlink(shown, link);
  // it has no repository: nothing that only reads asks for one
  const file = { version: 1 as const, gitDir: NO_REPOSITORY, refPrefix: 'refs/none' };
  await writeDurableFile(join(folder, 'workspace.json'), `${JSON.stringify(file, null, 2)}\n`);
}

function unshown(shown: string, why: string): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message: `the folder in which tools were to read ${why}`,
    where: { file: shown },
    hint: 'ask again in a folder that stays, or with --tools ""',
  });
}

/**
 * Why tools are not to read in a folder: it holds what no project does (keys of the person, the records of every run). Undefined for one
 * that may be shown.
 */
export function whyUnshown(folder: string, home: string): string | undefined {
  const real = realPath(folder);
  const engine = realPath(home);
  const homes = [hostEnvironment()['HOME'] ?? '', homedir()].filter((path) => path !== '');
  if (isWithin(real, engine) || isWithin(engine, real))
    return 'is or holds a part of CODETETHER_HOME';
  if (homes.some((path) => isWithin(real, realPath(path)))) return 'is or holds a home directory';
  return real.split(sep).includes('.git') ? 'is one of git' : undefined;
}

/** One that is not there is where it would be. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/**
 * Which of `paths` (relative to the root, with `/`) tools are not shown: in a lane none; in a view `.git`, names of secrets, and what git
 * ignores there, because a lane would not have it either.
 */
export async function hiddenPaths(
  { root, isView }: Pick<WorkspaceFolders, 'root' | 'isView'>,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  if (isView !== true) return new Set();
  const named = paths.filter((path) => isSecretName(path) || isOfGit(path));
  const hidden = new Set(named);
  const ignored = await ignoredPaths(
    root,
    paths.filter((path) => !hidden.has(path) && path !== '' && path !== '.'),
  );
  return new Set([...hidden, ...ignored]);
}

function isOfGit(path: string): boolean {
  return path.split('/').some((part) => part.toLowerCase() === '.git');
}
