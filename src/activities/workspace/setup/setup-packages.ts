import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SetupFailure } from '../../../domain/index.js';
import {
  canOverlay,
  isMountable,
  noteEngineWrite,
  removeFolder,
  type OverlayView,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { copyFolder } from '../caches/copy-folder.js';
import { HINDERED } from '../caches/lay-out-caches.js';
import type { RalphWork } from '../dependencies.js';
import { packageCache } from '../layout.js';
import { OFFLINE_FOLDERS } from './package-caches.js';

/** Where one set-up keeps the packages that it fetches. */
export interface SetupPackages {
  /** Where its commands, and later ones of the lane, find them. */
  readonly folder: string;
  /** Where what it writes really lies. */
  readonly written: string;
  /** What is mounted at `folder` while it runs; absent = it writes there. */
  readonly view?: OverlayView;
}

/** A lane that is set up. */
export interface PackagesRequest {
  readonly lane: WorkspaceFolders;
  /** True for the set-up of the untouched base: it alone writes what all lanes share. */
  readonly isFilling: boolean;
}

/**
 * Packages for one set-up. Only the untouched base fills what lanes and runs share: an agent may have written what any other
 * set-up runs, so that it writes into a folder of its lane, over a view of those packages, or into a copy where nothing can be
 * mounted. What an earlier set-up of the lane wrote is thrown away.
 */
export async function openPackages(
  work: RalphWork,
  { lane, isFilling }: PackagesRequest,
): Promise<SetupPackages> {
  const shared = packageCache(work.dependencies.home, lane);
  await removeFolder(ownFolder(lane));
  await mkdir(shared, { recursive: true });
  if (isFilling) return { folder: shared, written: shared };
  // A sandbox that still holds the folders of an earlier set-up never sees the new ones.
  const round = join(ownFolder(lane), randomUUID().slice(0, 8));
  const [written, scratch] = [join(round, 'upper'), join(round, 'work')];
  await mkdir(written, { recursive: true });
  await mkdir(scratch);
  const view = { at: shared, lower: [shared], upper: written, work: scratch };
  if (await canMount(work, lane, view)) return { folder: shared, written, view };
  await copyFolder(shared, written);
  noteEngineWrite(written);
  return { folder: written, written };
}

async function canMount(
  work: RalphWork,
  lane: WorkspaceFolders,
  view: OverlayView,
): Promise<boolean> {
  if (existsSync(copiesNote(lane)) || !isMountable([view])) return false;
  return canOverlay(work.dependencies.sandbox, lane.state);
}

/**
 * Settings that cargo reads from where it keeps packages: a wrapper of the compiler can be named there, and where packages come
 * from.
 */
const CARGO_SETTINGS = ['config', 'config.toml', 'credentials', 'credentials.toml'];

/** How commands of a lane find its packages. */
export interface FoundPackages {
  readonly readable: readonly string[];
  /** Empty where the set-up fetched nothing of its own that commands read. */
  readonly views: readonly OverlayView[];
}

/**
 * To be called after a set-up: removes what it left among the packages that is none, and gives what later commands of the lane
 * need to find the others.
 */
export async function closePackages({
  folder,
  written,
  view,
}: SetupPackages): Promise<FoundPackages> {
  await removeSettings(join(written, 'cargo'));
  const names = new Set(readdirSync(written));
  const isOwn = view !== undefined && OFFLINE_FOLDERS.some((name) => names.has(name));
  return {
    readable: [folder],
    views: isOwn ? [{ at: folder, lower: [written, folder] }] : [],
  };
}

/** A link in the place of the folder would lead to settings that are somebody else's. */
async function removeSettings(cargo: string): Promise<void> {
  const facts = lstatSync(cargo, { throwIfNoEntry: false });
  if (facts?.isDirectory() === false) await rm(cargo, { force: true });
  if (facts?.isDirectory() !== true) return;
  for (const name of CARGO_SETTINGS) await rm(join(cargo, name), { recursive: true, force: true });
}

/**
 * True when a set-up failed because of what is mounted under its packages: some programs move whole folders, which a mount may
 * refuse. From then on set-ups of the run get copies, and this one is to be made again.
 */
export async function isHinderedByView(
  lane: WorkspaceFolders,
  { view }: SetupPackages,
  failure: SetupFailure | undefined,
): Promise<boolean> {
  if (view === undefined || failure === undefined || !HINDERED.test(failure.tail)) return false;
  await writeFile(copiesNote(lane), '');
  return true;
}

/** Beside the lanes of the run. */
const copiesNote = ({ state }: WorkspaceFolders): string =>
  join(dirname(dirname(state)), 'packages-copied');

const ownFolder = ({ state }: WorkspaceFolders): string => join(state, 'packages');
