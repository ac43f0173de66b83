import { existsSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';
import { removeFolder } from '../storage/remove-folder.js';

/** Entries looked at before other work gets its turn. */
const SLICE = 2000;

const layerSchema = z.object({
  tool: z.string(),
  /** `home` = below the private home, `lane` = below the lane's files. */
  place: z.enum(['home', 'lane']),
  /** Relative to that. */
  path: z.string(),
  bytes: z.number().nonnegative(),
  /** Only in the lane that it was made in. */
  isBoundToLane: z.boolean(),
});

const generationSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  /** Id of the tree on which it was made: only what differs from it can be stale in the layers. */
  tree: z.string(),
  /** Key of the set-up that it was made with. */
  setupKey: z.string(),
  /** Absolute path of the files of the lane in which it was made. */
  root: z.string(),
  sealedAt: z.string(),
  /** Time of its newest file, in milliseconds: what a later tree changed has to be newer. */
  newestMs: z.number(),
  layers: z.array(layerSchema),
});

/** What builds left on the untouched base: folders that nobody writes to any more. Layer `n` lies in folder `n`. */
export type CacheGeneration = z.infer<typeof generationSchema>;

/** See {@link CacheGeneration}. */
export type GenerationLayer = z.infer<typeof layerSchema>;

const leaseSchema = z.object({ version: z.literal(1), key: z.string() });

/** One generation on the disk. */
export interface StoredGeneration {
  readonly folder: string;
  readonly key: string;
  /** When it was sealed, or begun where that did not happen; milliseconds. */
  readonly at: number;
  /** Runs that still have their lanes use it. */
  readonly isLeased: boolean;
}

/** Where one run's lanes and generations lie. */
export interface GenerationPlace {
  /** CODETETHER_HOME. */
  readonly home: string;
  /** Folder of the repository below `workspaces/`, the same below `build-caches/`. */
  readonly repository: string;
  /** Folder of the run, with its lanes. */
  readonly run: string;
}

const KEY = /^[0-9a-f]{64}$/;
const KEY_LENGTH = 64;

function generations({ home, repository }: Pick<GenerationPlace, 'home' | 'repository'>): string {
  return join(homePaths(home).buildCaches, repository);
}

/** Folder of a generation. */
export function generationFolder(place: GenerationPlace, key: string): string {
  return join(generations(place), key);
}

/** Folder of one of its layers. */
export function layerFolder(place: GenerationPlace, key: string, layer: number): string {
  return join(generationFolder(place, key), String(layer));
}

/** The generation that the run uses; undefined when it has none, or lost it. */
export async function leasedGeneration(
  place: GenerationPlace,
): Promise<CacheGeneration | undefined> {
  const lease = await readJson(leaseFile(place.run), leaseSchema);
  return lease === undefined || !KEY.test(lease.key) ? undefined : read(place, lease.key);
}

/** True when the run had a generation that is gone, whoever removed it; it has none then. What lay in it has to be made again. */
export async function dropLostLease(place: GenerationPlace): Promise<boolean> {
  const lease = await readJson(leaseFile(place.run), leaseSchema);
  if (lease === undefined || existsSync(generationFolder(place, lease.key))) return false;
  await rm(leaseFile(place.run), { force: true });
  return true;
}

/**
 * Makes the run use the generation of `key` until its lanes are removed; undefined when there is none. The lease is written
 * first and the generation looked at afterwards, so that one of a run and a cleanup always sees the other. A run that had another
 * one has lost that: a lease on what is not there yet says so.
 */
export async function leaseGeneration(
  place: GenerationPlace,
  key: string,
): Promise<CacheGeneration | undefined> {
  const isFirst = !existsSync(leaseFile(place.run));
  if (isFirst && !existsSync(generationFolder(place, key))) return undefined;
  await writeDurableFile(leaseFile(place.run), JSON.stringify({ version: 1, key }));
  return read(place, key);
}

/** Begins a generation of this run's: an empty folder for its layers, not seen by anybody yet. */
export async function beginGeneration(place: GenerationPlace, key: string): Promise<string> {
  const folder = unfinished(place, key);
  await removeFolder(folder);
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Ends a generation: nothing is written to it any more. When another run has ended one of the same key first, that one counts
 * and this one goes.
 */
export async function sealGeneration(
  place: GenerationPlace,
  facts: Omit<CacheGeneration, 'version' | 'sealedAt'>,
): Promise<void> {
  const folder = unfinished(place, facts.key);
  const sealed: CacheGeneration = { version: 1, ...facts, sealedAt: new Date().toISOString() };
  await writeDurableFile(join(folder, 'generation.json'), JSON.stringify(sealed, null, 2));
  try {
    await rename(folder, generationFolder(place, facts.key));
  } catch (error) {
    await removeFolder(folder);
    if (!existsSync(join(generationFolder(place, facts.key), 'generation.json'))) throw error;
  }
}

/** Bytes and newest time of a layer. All of it is given to one owner, so that every user namespace can copy it up. */
export async function measureLayer(
  folder: string,
): Promise<{ readonly bytes: number; readonly files: number; readonly newestMs: number }> {
  const top = lstatSync(folder);
  const open = [folder];
  let [bytes, files, newestMs, seen] = [0, 0, 0, 0];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    seen += 1;
    if (seen % SLICE === 0) await nextTurn();
    const facts = lstatSync(path);
    if (facts.uid !== top.uid || facts.gid !== top.gid) lchownSync(path, top.uid, top.gid);
    if (facts.isDirectory()) {
      for (const name of readdirSync(path)) open.push(join(path, name));
      continue;
    }
    files += 1;
    bytes += facts.size;
    newestMs = Math.max(newestMs, facts.mtimeMs);
  }
  return { bytes, files, newestMs };
}

/**
 * Every generation of a home, newest first in each repository, also such that were never sealed. Leases of the runs whose
 * folders are `without` do not count.
 */
export async function listGenerations(
  home: string,
  without: ReadonlySet<string> = new Set(),
): Promise<StoredGeneration[]> {
  const root = homePaths(home).buildCaches;
  const found: StoredGeneration[] = [];
  for (const repository of await readdir(root).catch(() => []))
    found.push(...(await generationsOf({ home, repository }, without)));
  return found;
}

/** Generations of one repository, newest first. */
export async function generationsOf(
  place: Pick<GenerationPlace, 'home' | 'repository'>,
  without: ReadonlySet<string> = new Set(),
): Promise<StoredGeneration[]> {
  const folder = generations(place);
  const runs = await leases(place, without);
  const found = await Promise.all(
    (await readdir(folder).catch(() => [])).map(async (name): Promise<StoredGeneration[]> => {
      const path = join(folder, name);
      const key = name.slice(0, KEY_LENGTH);
      const run = /^\.(.+)\.tmp$/.exec(name.slice(KEY_LENGTH))?.[1];
      const facts = await stat(join(path, 'generation.json')).catch(() => stat(path));
      const isBeingMade = run !== undefined && runs.folders.has(run);
      const isLeased = run === undefined ? runs.keys.has(key) : isBeingMade;
      return [{ folder: path, key, at: facts.mtimeMs, isLeased }];
    }),
  );
  return found.flat().sort((left, right) => right.at - left.at);
}

/** Removes a generation that no run uses, also when a run takes it at this moment: that one sees that it is gone. */
export async function removeGeneration({ folder }: StoredGeneration): Promise<void> {
  await removeFolder(folder);
}

interface Leases {
  readonly keys: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

async function leases(
  { home, repository }: Pick<GenerationPlace, 'home' | 'repository'>,
  without: ReadonlySet<string>,
): Promise<Leases> {
  const workspaces = join(homePaths(home).workspaces, repository);
  const names = await readdir(workspaces).catch(() => []);
  const folders = names.filter((name) => !without.has(join(workspaces, name)));
  const read = await Promise.all(
    folders.map((run) => readJson(leaseFile(join(workspaces, run)), leaseSchema)),
  );
  return {
    keys: new Set(read.flatMap((lease) => (lease === undefined ? [] : [lease.key]))),
    folders: new Set(folders),
  };
}

function leaseFile(run: string): string {
  return join(run, 'build-caches.json');
}

/** Two runs may make the same generation at once, each in a folder of its own. */
function unfinished(place: GenerationPlace, key: string): string {
  return `${generationFolder(place, key)}.${basename(place.run)}.tmp`;
}

function read(place: GenerationPlace, key: string): Promise<CacheGeneration | undefined> {
  return readJson(join(generationFolder(place, key), 'generation.json'), generationSchema);
}

async function readJson<Shape>(path: string, schema: z.ZodType<Shape>): Promise<Shape | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
