import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { WorkspaceSetup } from '../../../domain/index.js';
import {
  canOverlay,
  isMountable,
  layerFolder,
  leasedGeneration,
  noteEngineWrite,
  readLaneCaches,
  removeFolder,
  workspaceGit,
  writeLaneCaches,
  type CacheGeneration,
  type GenerationLayer,
  type GenerationPlace,
  type OverlayView,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import type { RalphWork } from '../dependencies.js';
import { setupKey } from '../setup/setup-key.js';
import { copyFolder } from './copy-folder.js';
import { freshenChanges, freshenPrepared, isOfThePast } from './freshen.js';
import {
  generationPlace,
  homeOf,
  isPlain,
  laneCaches,
  makeMountPoint,
  pathInLane,
  plannedCaches,
} from './layer-places.js';

/** A lane for agents gets a copy of its own, once; larger ones are made anew there by whoever needs them. */
const WARM_LIMIT_BYTES = 1024 ** 3;

/** A lane whose files lie ready. */
export interface CacheRequest {
  readonly lane: WorkspaceFolders;
  readonly setup: WorkspaceSetup;
  /** What lies in the lane. */
  readonly tree: string;
  /** `clean`: nothing that a command wrote into a cache stays. `between`: what the checks before wrote is there still. */
  readonly state: 'clean' | 'between';
}

/**
 * Gives a proof lane its private view of what the untouched base built, and makes changed files newer than that. What is
 * written into a view never reaches the generation, and is thrown away with the next clean state.
 */
export async function layOutCaches(work: RalphWork, request: CacheRequest): Promise<void> {
  const { lane, setup, tree, state } = request;
  if (state === 'clean') await dropViews(lane);
  const caches = plannedCaches(setup);
  if (caches.length === 0) return writeLaneCaches(lane, null);
  const place = generationPlace(work.dependencies.home, lane);
  const generation = await leasedGeneration(place);
  const told = laneCaches(lane, caches);
  if (generation === undefined || !isOfThePast(generation))
    return writeLaneCaches(lane, { ...told, tools: [], views: [] });
  await freshenChanges(lane, generation, tree);
  const layers = await usableLayers(request, generation);
  const tools = [...new Set(layers.map(({ layer }) => layer.tool))];
  const views = await showLayers(work, request, { place, generation, layers });
  noteEngineWrite(homeOf(lane));
  noteEngineWrite(lane.root);
  return writeLaneCaches(lane, { ...told, tools, views });
}

/** Throws away what was written into the lane's views. To be called whenever what lies below them changes. */
export async function dropViews(lane: WorkspaceFolders): Promise<void> {
  await removeFolder(viewsFolder(lane));
}

/**
 * To be called after a set-up that made `roots`. Where it ran on a story's files, an agent may have written what it ran: what it
 * made is made newer than any cache.
 */
export async function afterLaneSetup(
  work: RalphWork,
  lane: WorkspaceFolders,
  roots: readonly string[],
): Promise<void> {
  const generation = await leasedGeneration(generationPlace(work.dependencies.home, lane));
  if (generation !== undefined && isOfThePast(generation))
    await freshenPrepared(lane, generation, roots);
}

interface NumberedLayer {
  readonly layer: GenerationLayer;
  /** Names its folder in the generation. */
  readonly at: number;
}

/** Without those of tools that the run does not use, and those that do not fit this lane. */
async function usableLayers(
  { lane, setup, tree }: CacheRequest,
  generation: CacheGeneration,
): Promise<NumberedLayer[]> {
  const tools = new Set(plannedCaches(setup).map(({ tool }) => tool));
  const layers = generation.layers
    .map((layer, at) => ({ layer, at }))
    .filter(({ layer }) => tools.has(layer.tool) && isPlain(lane, pathInLane(lane, layer)));
  if (!layers.some(({ layer }) => layer.isBoundToLane)) return layers;
  const isHome = generation.root === lane.root;
  const fits = isHome && generation.setupKey === (await setupKey(lane, setup, tree));
  return layers.filter(({ layer }) => fits || !layer.isBoundToLane);
}

interface ShownLayers {
  readonly place: GenerationPlace;
  readonly generation: CacheGeneration;
  readonly layers: readonly NumberedLayer[];
}

async function showLayers(
  work: RalphWork,
  { lane, state }: CacheRequest,
  shown: ShownLayers,
): Promise<OverlayView[]> {
  const isMounted = await chooseMounts(work, lane, shown);
  const mounted = shown.layers.filter(({ layer }) => isMounted(layer));
  const isSame = state === 'between' && existsSync(viewsFolder(lane));
  const known = isSame ? (await readLaneCaches(lane)).views : undefined;
  if (known === undefined) await mkdir(viewsFolder(lane), { recursive: true });
  const points = new Set(mounted.map(({ layer }) => pathInLane(lane, layer)));
  const views: OverlayView[] = [];
  for (const view of known ?? (await planViews(lane, { ...shown, layers: mounted })))
    if (points.has(view.at) && (await makeMountPoint(lane, view.at))) views.push(view);
  const wereMounted = new Set(known?.map(({ at }) => at));
  const copied = shown.layers.filter(({ layer }) => {
    const at = pathInLane(lane, layer);
    return !points.has(at) && (known === undefined || wereMounted.has(at));
  });
  await copyLayers(lane, { ...shown, layers: copied });
  return views;
}

/** Which layers are mounted; the others are copied. */
async function chooseMounts(
  work: RalphWork,
  lane: WorkspaceFolders,
  shown: ShownLayers,
): Promise<(layer: GenerationLayer) => boolean> {
  const lower = layerFolder(shown.place, shown.generation.key, shown.layers.length);
  const longest = { at: lane.root, lower: [lane.root, lower], upper: lane.state, work: lane.state };
  const canMount =
    isMountable([longest]) && (await canOverlay(work.dependencies.sandbox, lane.state));
  const isHome = ({ place }: GenerationLayer): boolean => place === 'home';
  if (!canMount) return () => false;
  return existsSync(copiesNote(shown.place)) ? isHome : () => true;
}

/** What programs say that wanted to remove or move what is mounted, or was before it was written to. */
export const HINDERED = /\bEBUSY\b|\bEXDEV\b|resource busy|cross-device|os error 1[68]\b/i;

/**
 * True when a command failed because it wanted to remove or move a folder of the lane that is a mount, which no other checkout
 * has. From then on the run gets copies there, and the command is to be run again.
 */
export async function isHinderedByMounts(
  work: RalphWork,
  lane: WorkspaceFolders,
  output: string,
): Promise<boolean> {
  if (!HINDERED.test(output)) return false;
  const { views } = await readLaneCaches(lane);
  if (!views.some(({ at }) => at.startsWith(lane.root + sep))) return false;
  await writeFile(copiesNote(generationPlace(work.dependencies.home, lane)), '');
  return true;
}

const copiesNote = ({ run }: GenerationPlace): string => join(run, 'build-caches-copied');

/** Each round has folders of its own: a sandbox that still holds those of an earlier one never sees the new. */
async function planViews(lane: WorkspaceFolders, shown: ShownLayers): Promise<OverlayView[]> {
  const { place, generation, layers } = shown;
  const round = join(viewsFolder(lane), randomUUID().slice(0, 8));
  const views: OverlayView[] = [];
  for (const { layer, at: number } of layers) {
    const at = pathInLane(lane, layer);
    const upper = join(round, `${number}`, 'upper');
    const work = join(round, `${number}`, 'work');
    await mkdir(upper, { recursive: true });
    await mkdir(work, { recursive: true });
    // What set-up made at this very place lies above what the base had.
    const lower = [at, layerFolder(place, generation.key, number)];
    views.push({ at, lower, upper, work });
  }
  return views;
}

/** Times stay: what is copied is not newer than the files that are to be built. */
async function copyLayers(
  lane: WorkspaceFolders,
  { place, generation, layers }: ShownLayers,
): Promise<void> {
  for (const { layer, at } of layers) {
    const target = pathInLane(lane, layer);
    if (await makeMountPoint(lane, target))
      await copyFolder(layerFolder(place, generation.key, at), target);
  }
}

const viewsFolder = ({ state }: WorkspaceFolders): string => join(state, 'cache-views');

/**
 * Warms a lane for an agent by a copy of what the base built, once. No proof ever sees what becomes of it. Folders that git does
 * not ignore are left out: they would become a part of the story.
 */
export async function warmLane(
  work: RalphWork,
  { lane, setup, tree }: Omit<CacheRequest, 'state'>,
): Promise<void> {
  const caches = plannedCaches(setup);
  if (caches.length === 0) return writeLaneCaches(lane, null);
  const place = generationPlace(work.dependencies.home, lane);
  const generation = await leasedGeneration(place);
  await writeLaneCaches(lane, { ...laneCaches(lane, caches), tools: [], views: [] });
  if (generation === undefined || !isOfThePast(generation)) return;
  const bytes = generation.layers.reduce((sum, layer) => sum + layer.bytes, 0);
  if (bytes > WARM_LIMIT_BYTES) return;
  const request = { lane, setup, tree, state: 'clean' as const };
  for (const { layer, at } of await usableLayers(request, generation)) {
    const target = pathInLane(lane, layer);
    if (existsSync(target) || (layer.place === 'lane' && !(await isIgnored(lane, layer.path))))
      continue;
    if (!(await makeMountPoint(lane, target))) continue;
    await copyFolder(layerFolder(place, generation.key, at), target);
    noteEngineWrite(target);
  }
}

async function isIgnored(lane: WorkspaceFolders, path: string): Promise<boolean> {
  const answer = await workspaceGit(lane).run(['check-ignore', '-q', '--no-index', `${path}/x`], {
    accept: [1],
  });
  return answer.exitCode === 0;
}
