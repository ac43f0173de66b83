import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { hostEnvironment } from '../process/host-environment.js';
import { foldersOf, overlayViewSchema, type OverlayView } from '../sandbox/overlay.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { readLaneCaches } from './lane-caches.js';
import type { WorkspaceFolders } from './workspace.js';

const laneEnvironmentSchema = z.object({
  version: z.literal(1),
  /** Variables of every command, for example where offline package caches lie. */
  variables: z.record(z.string(), z.string()),
  /** Folders relative to the files that come first on PATH. */
  path: z.array(z.string()),
  /** Absolute folders that commands may read although their surroundings are hidden. */
  readable: z.array(z.string()),
  /** What the lane's own set-up fetched, over what the untouched base's did; absent = nothing of its own. */
  views: z.array(overlayViewSchema).readonly().optional(),
});

/** What commands in a workspace need to find its dependencies; written by set-up, read by checks and by agents' commands. */
export type LaneEnvironment = Omit<z.infer<typeof laneEnvironmentSchema>, 'version'>;

/** The parts of a sandboxed command that a lane's environment decides. */
export interface CommandSurroundings {
  readonly extraEnv: Readonly<Record<string, string>>;
  readonly readable: readonly string[];
  /** Build caches and fetched packages, where they are mounted. */
  readonly views: readonly OverlayView[];
  /** Tools whose build cache the command sees, however it got there. */
  readonly caches: readonly string[];
}

/** Remembers how commands of the workspace find its dependencies. */
export async function writeLaneEnvironment(
  workspace: Pick<WorkspaceFolders, 'state'>,
  environment: LaneEnvironment,
): Promise<void> {
  const file: z.infer<typeof laneEnvironmentSchema> = { version: 1, ...environment };
  await writeDurableFile(environmentFile(workspace), JSON.stringify(file));
}

/** Surroundings of a command in the workspace; nothing special when no set-up was made there. */
export async function readLaneEnvironment(
  workspace: Pick<WorkspaceFolders, 'root' | 'state' | 'gitDir'>,
): Promise<CommandSurroundings> {
  // The lane's own .git borrows its objects from there.
  const objects = join(workspace.gitDir, 'objects');
  const { variables, path, readable, views = [] } = await readEnvironmentFile(workspace);
  const caches = await readLaneCaches(workspace);
  const first = [...path.map((folder) => join(workspace.root, folder)), ...caches.path];
  return {
    extraEnv: { ...caches.variables, ...variables, ...searchPath(first) },
    readable: [objects, ...readable.filter((folder) => existsSync(folder))],
    views: [...views.filter(isThere), ...caches.views],
    caches: caches.tools,
  };
}

/** Packages may be cleaned away while a run is open: commands miss them then, and can still start. */
function isThere(view: OverlayView): boolean {
  return [view.at, ...foldersOf(view)].every((folder) => existsSync(folder));
}

async function readEnvironmentFile(
  workspace: Pick<WorkspaceFolders, 'state'>,
): Promise<LaneEnvironment> {
  const nothing: LaneEnvironment = { variables: {}, path: [], readable: [] };
  // most lanes have none, and a look is a tenth of a read
  if (!existsSync(environmentFile(workspace))) return nothing;
  try {
    const text = await readFile(environmentFile(workspace), 'utf8');
    return laneEnvironmentSchema.parse(JSON.parse(text));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return nothing;
  }
}

function searchPath(first: readonly string[]): Record<string, string> {
  if (first.length === 0) return {};
  return { PATH: [...first, hostEnvironment()['PATH'] ?? ''].join(delimiter) };
}

function environmentFile({ state }: Pick<WorkspaceFolders, 'state'>): string {
  return join(state, 'environment.json');
}
