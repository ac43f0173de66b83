import { readFileSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import {
  InfrastructureError,
  InvariantError,
  type WorkspaceId,
  type WorkspaceRef,
} from '../../domain/index.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';

/** Folders of a workspace on this machine; the same fields as a tool sees. */
export interface WorkspaceFolders {
  /** Absolute path of the files. */
  readonly root: string;
  /** Folder inside `root` where commands start, `.` for the root. */
  readonly workdir: string;
  /** Absolute path of the engine's state: index, redo log, step records, private home. */
  readonly state: string;
  /** Absolute path of the bare repository that holds snapshots. */
  readonly gitDir: string;
  readonly refPrefix: string;
  /** It shows a folder of the person, of which not everything is for tools. */
  readonly isView?: true;
}

/** In place of its repository, for a workspace that only shows a folder. */
export const NO_REPOSITORY = 'none';

/** What `workspace.json` holds. */
export interface WorkspaceLocation {
  /** Absolute, inside CODETETHER_HOME; stored relative to it, so that a home can be moved. */
  readonly gitDir: string;
  /** For example `refs/codetether/lanes/RUN/lane-1`. */
  readonly refPrefix: string;
}

const workspaceFileSchema = z.object({
  version: z.literal(1),
  gitDir: z.string().min(1),
  refPrefix: z.string().regex(/^refs\/[A-Za-z0-9._/-]+$/),
});

/** Creates the folders of a workspace (`tree`, `state`, `workspace.json`) below `home`; repeating it is harmless. */
export async function createWorkspace(
  home: string,
  id: WorkspaceId,
  location: WorkspaceLocation,
): Promise<WorkspaceFolders> {
  const folder = workspaceFolder(home, id);
  await mkdir(join(folder, 'tree'), { recursive: true });
  await mkdir(join(folder, 'state'), { recursive: true });
  const file = {
    version: 1 as const,
    gitDir: isAbsolute(location.gitDir) ? relative(home, location.gitDir) : location.gitDir,
    refPrefix: location.refPrefix,
  };
  await writeDurableFile(
    join(folder, 'workspace.json'),
    `${JSON.stringify(workspaceFileSchema.parse(file), null, 2)}\n`,
  );
  return openWorkspace(home, { id, workdir: '.' });
}

/**
 * Resolves a workspace id to its folders below `home`. Throws InfrastructureError `ERR_WORKSPACE_MISSING` when this
 * machine does not hold it, InvariantError `ERR_WORKSPACE_INVALID` when its record or the id is not one of ours.
 */
export async function openWorkspace(home: string, ref: WorkspaceRef): Promise<WorkspaceFolders> {
  const folder = workspaceFolder(home, ref.id);
  const file = join(folder, 'workspace.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InfrastructureError('ERR_WORKSPACE_MISSING', {
      message: `workspace ${ref.id} is not on this machine`,
      where: { file },
      hint: 'start the run again here, or start the worker on the machine that holds the workspace',
      isRetryable: false,
      cause: error,
    });
  }
  const parsed = parseRecord(text);
  if (parsed === undefined) throw invalidWorkspace(file, 'its record is damaged');
  // Real paths: the sandbox binds them and the path jail compares with them.
  const root = realRoot(join(folder, 'tree'), ref.id);
  return {
    root,
    workdir: ref.workdir,
    state: realpathSync.native(join(folder, 'state')),
    gitDir: join(home, parsed.gitDir),
    refPrefix: parsed.refPrefix,
    ...(parsed.gitDir === NO_REPOSITORY ? { isView: true as const } : {}),
  };
}

/** A view may show a folder that is gone. */
function realRoot(tree: string, id: WorkspaceId): string {
  try {
    return realpathSync.native(tree);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InfrastructureError('ERR_WORKSPACE_MISSING', {
      message: `the files of workspace ${id} are not there any more`,
      where: { file: tree },
      hint: 'start the run again',
      isRetryable: false,
      cause: error,
    });
  }
}

function parseRecord(text: string): z.infer<typeof workspaceFileSchema> | undefined {
  try {
    return workspaceFileSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Absolute path of a workspace's folder. Throws as {@link openWorkspace} does for an id that is not one of ours. */
export function workspaceFolder(home: string, id: WorkspaceId): string {
  if (id.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    throw invalidWorkspace(id, 'its id leaves the workspaces folder');
  }
  return join(homePaths(home).workspaces, id);
}

function invalidWorkspace(file: string, reason: string): InvariantError {
  return new InvariantError('ERR_WORKSPACE_INVALID', {
    message: `the workspace cannot be opened: ${reason}`,
    where: { file },
    hint: 'cancel the run and start it again',
  });
}
