import { lstatSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  type CacheLayer,
  type PlannedCache,
  type WorkspaceSetup,
  cacheRows,
  cacheVariables,
} from '../../../domain/index.js';
import type {
  GenerationLayer,
  GenerationPlace,
  LaneCaches,
  WorkspaceFolders,
} from '../../../platform/index.js';

/** Private home of a lane's commands. */
export function homeOf({ state }: WorkspaceFolders): string {
  return join(state, 'home');
}

/** Where the generations of a lane's repository and the lease of its run lie (`REPOSITORY/RUN/LANE/state`). */
export function generationPlace(home: string, { state }: WorkspaceFolders): GenerationPlace {
  const run = dirname(dirname(state));
  return { home, repository: basename(dirname(run)), run };
}

/** The build caches of a set-up; none where the run was planned without. */
export function plannedCaches({ caches = [] }: WorkspaceSetup): readonly PlannedCache[] {
  return caches;
}

/** What commands in the lane are told of their caches. */
export function laneCaches(
  lane: WorkspaceFolders,
  caches: readonly PlannedCache[],
): Pick<LaneCaches, 'variables' | 'path'> {
  const folders = cacheRows(caches).map(({ row }) => row.searchFolders?.find(isFolder));
  return {
    variables: cacheVariables(caches, { home: homeOf(lane), root: lane.root }),
    path: folders.filter((folder) => folder !== undefined),
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A folder of a lane that may become a layer, or is covered by one. */
export interface LayerPlace {
  readonly tool: string;
  readonly layer: CacheLayer;
  readonly place: GenerationLayer['place'];
  /** Relative to the place. */
  readonly path: string;
}

/** Places that are known without looking; those that a marker file names are found in the lane. */
export function knownPlaces(caches: readonly PlannedCache[]): LayerPlace[] {
  return cacheRows(caches).flatMap(({ row: { tool, layers }, folders }) =>
    layers.flatMap((layer): LayerPlace[] => {
      const { place, path } = layer;
      if (place === 'found') return [];
      if (place === 'home') return [{ tool, layer, place, path }];
      return folders.map((folder) => ({
        tool,
        layer,
        place: 'lane' as const,
        path: folder === '.' ? path : `${folder}/${path}`,
      }));
    }),
  );
}

/** Absolute path of a layer in a lane. */
export function pathInLane(
  lane: WorkspaceFolders,
  { place, path }: Pick<GenerationLayer, 'place' | 'path'>,
): string {
  return join(place === 'home' ? homeOf(lane) : lane.root, path);
}

/**
 * True when nothing on the way to `path` below the lane's files or home is anything but a folder: links are the work of
 * whoever wrote the files, and lead anywhere. What is missing is no obstacle.
 */
export function isPlain(lane: WorkspaceFolders, path: string): boolean {
  const home = homeOf(lane);
  const top = path.startsWith(home + sep) ? home : lane.root;
  let current = top;
  for (const part of relative(top, path).split(sep)) {
    current = join(current, part);
    const facts = lstatSync(current, { throwIfNoEntry: false });
    if (facts === undefined) return true;
    if (!facts.isDirectory()) return false;
  }
  return true;
}

/** Creates the folder of a layer in the lane; false when something else is in the way. */
export async function makeMountPoint(lane: WorkspaceFolders, path: string): Promise<boolean> {
  if (!isPlain(lane, path)) return false;
  await mkdir(path, { recursive: true });
  return true;
}
