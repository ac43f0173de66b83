import { existsSync, readdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join, posix } from 'node:path';
import {
  cacheRows,
  InfrastructureError,
  type Check,
  type Evidence,
  type WorkspaceSetup,
} from '../../domain/index.js';
import {
  beginGeneration,
  commandUserId,
  generationsOf,
  leaseGeneration,
  measureLayer,
  removeFolder,
  removeGeneration,
  sealGeneration,
  sha256,
  workspaceGit,
  writeLaneCaches,
  type GenerationLayer,
  type GenerationPlace,
  type WorkspaceFolders,
} from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { outputText, runProofCommand } from './run-check.js';
import { copyFolder } from '../workspace/caches/copy-folder.js';
import { preparedRoots } from '../workspace/setup/prepare-dependencies.js';
import { setupKey } from '../workspace/setup/setup-key.js';
import {
  generationPlace,
  isPlain,
  knownPlaces,
  pathInLane,
  plannedCaches,
  type LayerPlace,
} from '../workspace/caches/layer-places.js';
import { pruneLayer } from '../workspace/caches/prune-layer.js';

const VERSIONS_TIMEOUT_MS = 30_000;
/** A file of a time that is not yet would make every later one look old. */
const FUTURE_MS = 60_000;
/** Generations of a repository that stay although no run uses them: people run again on what they have. */
const IDLE_GENERATIONS = 1;
const FOUND_DEPTH = 3;
const FOUND_LIMIT = 4;

/** What fills the caches of a run. */
export interface CacheFilling {
  /** Lane in which the checks of the base run. */
  readonly lane: WorkspaceFolders;
  /** Tree of the base. */
  readonly tree: string;
  readonly setup: WorkspaceSetup;
  readonly checks: readonly Check[];
}

/** What a run on this base finds, or is to make. */
export interface RunCaches {
  readonly place: GenerationPlace;
  readonly key: string;
  readonly setupKey: string;
  /** The generation is there already, and the run holds a lease on it. */
  readonly isThere: boolean;
}

/** Looks for the caches of this base; undefined where the run uses none. */
export async function openRunCaches(
  work: RalphWork,
  filling: CacheFilling,
): Promise<RunCaches | undefined> {
  const { lane, tree, setup, checks } = filling;
  const caches = plannedCaches(setup);
  if (caches.length === 0) return undefined;
  const place = generationPlace(work.dependencies.home, lane);
  const forSetup = await setupKey(lane, setup, tree);
  // What comes from outside the repository may change without its knowing: no other run uses what was made with it.
  const isOwn = [setup.copy, setup.share, setup.extraDirs].some((list) => list.length > 0);
  const key = sha256(
    JSON.stringify({
      version: 1,
      tree,
      setup: forSetup,
      caches,
      checks: checks.map(({ command }) => command),
      versions: await toolVersions(work, filling),
      run: isOwn ? place.run : '',
      // Files of another user id could not be written over.
      uid: commandUserId(work.dependencies.sandbox, {
        root: lane.root,
        owner: lane.gitDir,
        masked: [work.dependencies.home],
      }),
    }),
  );
  const isThere = (await leaseGeneration(place, key)) !== undefined;
  return { place, key, setupKey: forSetup, isThere };
}

/** What the tools say of themselves, by the sandbox in which they will run. */
async function toolVersions(work: RalphWork, { lane, setup }: CacheFilling): Promise<string> {
  const commands = cacheRows(plannedCaches(setup)).flatMap(({ row }) => row.versions);
  // What a killed worker left mounted here is no longer the lane's.
  await writeLaneCaches(lane, null);
  const script = [...new Set(commands)].map((command) => `${command} 2>&1`).join('; ');
  const result = await runProofCommand(work, lane, {
    argv: ['sh', '-c', `${script}; true`],
    cwd: lane.root,
    timeoutMs: VERSIONS_TIMEOUT_MS,
    name: 'tool versions',
  });
  return outputText(result.output);
}

/**
 * Makes the generation of a run out of what the checks of the untouched base left in their lane: folders are moved, and nobody
 * writes to them again. Nothing is kept after a check that was ended from outside: what it was writing is half there.
 */
export async function sealRunCaches(
  filling: CacheFilling,
  { caches, evidence }: { readonly caches: RunCaches; readonly evidence: readonly Evidence[] },
): Promise<readonly GenerationLayer[]> {
  const isWhole = evidence.every(({ exitCode, isTimedOut }) => exitCode !== null && !isTimedOut);
  if (caches.isThere || !isWhole) return [];
  try {
    return await takeLayers(filling, caches);
  } catch (error) {
    if (error instanceof InfrastructureError) throw error;
    // A folder that cannot be moved makes proofs slow, not wrong.
    return [];
  }
}

async function takeLayers(
  filling: CacheFilling,
  caches: RunCaches,
): Promise<readonly GenerationLayer[]> {
  const { lane, tree } = filling;
  const { place, key } = caches;
  const folder = await beginGeneration(place, key);
  const layers: GenerationLayer[] = [];
  let newestMs = 0;
  for (const found of await filledPlaces(filling)) {
    const target = join(folder, String(layers.length));
    await takeFolder(lane, found, target);
    pruneLayer(target, found.layer.prune);
    const { bytes, files, newestMs: newest } = await measureLayer(target);
    if (files === 0 || newest > Date.now() + FUTURE_MS) {
      await removeFolder(target);
      continue;
    }
    newestMs = Math.max(newestMs, newest);
    const { tool, path, layer } = found;
    layers.push({
      tool,
      place: found.place,
      path,
      bytes,
      isBoundToLane: layer.isBoundToLane === true,
    });
  }
  if (layers.length === 0) {
    await removeFolder(folder);
    return [];
  }
  const { setupKey: forSetup } = caches;
  const root = lane.root;
  await sealGeneration(place, { key, tree, setupKey: forSetup, root, newestMs, layers });
  await leaseGeneration(place, key);
  await forgetCopies(lane, layers);
  await removeIdle(place);
  return layers;
}

/** Folders of the lane in which the base's checks left something. */
async function filledPlaces({ lane, tree, setup }: CacheFilling): Promise<LayerPlace[]> {
  const caches = plannedCaches(setup);
  const places = [...knownPlaces(caches), ...foundPlaces(lane, setup)];
  const filled = places.filter((place) => {
    const path = pathInLane(lane, place);
    return existsSync(path) && isPlain(lane, path) && readdirSync(path).length > 0;
  });
  const free: LayerPlace[] = [];
  for (const place of filled)
    if (place.place === 'home' || !(await hasTracked(lane, tree, place.path))) free.push(place);
  return free;
}

async function hasTracked(lane: WorkspaceFolders, tree: string, path: string): Promise<boolean> {
  const answer = await workspaceGit(lane).run(['ls-tree', '-z', '--name-only', tree, '--', path]);
  return answer.stdout.length > 0;
}

/** Folders that are known by a file in them, not far below the top. */
function foundPlaces(lane: WorkspaceFolders, setup: WorkspaceSetup): LayerPlace[] {
  const wanted = cacheRows(plannedCaches(setup)).flatMap(({ row: { tool, layers } }) =>
    layers.filter(({ place }) => place === 'found').map((layer) => ({ tool, layer })),
  );
  const found: LayerPlace[] = [];
  if (wanted.length === 0) return found;
  const look = (folder: string, depth: number): void => {
    const entries = readdirSync(join(lane.root, folder), { withFileTypes: true });
    const names = new Set(entries.map(({ name }) => name));
    const match = wanted.find(({ layer }) => names.has(layer.path));
    if (match !== undefined && folder !== '' && found.length < FOUND_LIMIT) {
      found.push({ ...match, place: 'lane', path: folder });
      return;
    }
    for (const entry of entries) {
      if (entry.isDirectory() && depth < FOUND_DEPTH && !/^(\.git|node_modules)$/.test(entry.name))
        look(posix.join(folder, entry.name), depth + 1);
    }
  };
  look('', 0);
  return found;
}

/** Moved, but for what set-up made: that is compared before each proof, and made anew when it is gone. */
async function takeFolder(lane: WorkspaceFolders, place: LayerPlace, to: string): Promise<void> {
  const from = pathInLane(lane, place);
  if (place.place === 'lane' && (await isPrepared(lane, place.path))) return copyFolder(from, to);
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyFolder(from, to);
    await removeFolder(from);
  }
}

async function isPrepared(lane: WorkspaceFolders, path: string): Promise<boolean> {
  const roots = (await preparedRoots(lane)).map((root) => root.replace(/\/$/, ''));
  return roots.some((root) => `${path}/`.startsWith(`${root}/`) || root.startsWith(`${path}/`));
}

/** The kept home of the checks holds what set-up put there: as a layer it need not be copied for every proof. */
async function forgetCopies(
  lane: WorkspaceFolders,
  layers: readonly GenerationLayer[],
): Promise<void> {
  for (const { place, path } of layers)
    if (place === 'home') await removeFolder(join(lane.state, 'home.prepared', path));
}

async function removeIdle(place: GenerationPlace): Promise<void> {
  const idle = (await generationsOf(place)).filter(({ isLeased }) => !isLeased);
  for (const generation of idle.slice(IDLE_GENERATIONS)) await removeGeneration(generation);
}
