import { lstatSync, readdirSync, utimesSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as nextTurn } from 'node:timers/promises';
import {
  REPOSITORY_MODE,
  workspaceGit,
  type CacheGeneration,
  type ChangedFile,
  type WorkspaceFolders,
} from '../../../platform/index.js';

const SECOND_MS = 1000;
const SLICE = 2000;
const LINK_MODE = '120000';
/** Folders of fetched packages: tools know them by version and checksum. */
const PACKAGES = new Set(['node_modules', '.venv', '.git']);

/**
 * The time that files of a later tree must have at least. Whole seconds: mypy and Python's own caches know no smaller ones.
 */
export function freshTime({ newestMs }: CacheGeneration): number {
  return (Math.floor(newestMs / SECOND_MS) + 1) * SECOND_MS;
}

/** False when the generation comes from a time that this machine's clock has not reached: it was set back. */
export function isOfThePast(generation: CacheGeneration): boolean {
  return freshTime(generation) <= Date.now() + 2 * SECOND_MS;
}

/**
 * Makes every file that differs from the generation's tree newer than anything in it. cargo, make and ninja tell by times
 * what has to be built again: a changed file with an old time would be proven by what the base was built to. A checkout
 * makes files new; what a command of the proof did to their times afterwards is undone here.
 */
export async function freshenChanges(
  lane: WorkspaceFolders,
  generation: CacheGeneration,
  tree: string,
): Promise<void> {
  if (tree === generation.tree) return;
  const git = workspaceGit(lane);
  const { files } = await git.diffTrees(generation.tree, tree);
  const present = files.filter(({ after }) => after !== null);
  const clock = await freshClock(generation);
  // What a link leads to now, and what lies in another repository, is not in the list of differences.
  if (files.some(leadsElsewhere)) await freshenTracked(lane, tree, clock);
  else for (const { rawPath } of present) freshen(pathOf(lane, rawPath), clock);
  const isListChanged = files.some(({ change }) => change !== 'modified');
  if (!isListChanged) return;
  // A pattern in a CMake file names other files now; CMake looks again when the file is new.
  const names = await git.run(['ls-tree', '-r', '-z', '--name-only', tree]);
  for (const name of names.stdout.toString('utf8').split('\0'))
    if (/(^|\/)CMakeLists\.txt$|\.cmake$/.test(name)) freshen(join(lane.root, name), clock);
}

/** The same for files that a new set-up made: archives bring old times along. */
export async function freshenPrepared(
  lane: WorkspaceFolders,
  generation: CacheGeneration,
  roots: readonly string[],
): Promise<void> {
  const clock = await freshClock(generation);
  for (const root of roots) {
    const path = root.replace(/\/$/, '');
    if (!path.split('/').some((part) => PACKAGES.has(part)))
      await freshenBelow(join(lane.root, path), clock);
  }
}

/** Tracked files alone: what was built must not become newer with them. */
async function freshenTracked(lane: WorkspaceFolders, tree: string, clock: Clock): Promise<void> {
  const listing = (await workspaceGit(lane).run(['ls-tree', '-r', '-z', tree])).stdout;
  for (let start = 0; start < listing.length;) {
    const end = listing.indexOf(0, start);
    const line = listing.subarray(start, end);
    const path = pathOf(lane, line.subarray(line.indexOf('\t') + 1));
    const isRepository = line.toString('latin1', 0, REPOSITORY_MODE.length) === REPOSITORY_MODE;
    if (isRepository) await freshenBelow(path.toString('utf8'), clock);
    else freshen(path, clock);
    start = end + 1;
  }
}

interface Clock {
  /** Older files are given the time of now. */
  readonly freshMs: number;
  readonly nowMs: number;
}

async function freshClock(generation: CacheGeneration): Promise<Clock> {
  const freshMs = freshTime(generation);
  // The generation was made in this very second.
  while (Date.now() < freshMs) await pause(freshMs - Date.now());
  return { freshMs, nowMs: Date.now() };
}

function leadsElsewhere({ before, after }: ChangedFile): boolean {
  return [before, after].some(
    (entry) => entry?.mode === LINK_MODE || entry?.mode === REPOSITORY_MODE,
  );
}

function pathOf(lane: WorkspaceFolders, rawPath: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${lane.root}/`), rawPath]);
}

function freshen(path: string | Buffer, clock: Clock): void {
  const facts = lookAt(path);
  if (facts?.isFile() === true) renew(path, facts, clock);
}

function renew(path: string | Buffer, facts: Stats, { freshMs, nowMs }: Clock): void {
  if (facts.mtimeMs < freshMs) utimesSync(path, nowMs / SECOND_MS, nowMs / SECOND_MS);
}

/** A command may have left anything in the place of a folder: a name that cannot be looked at is no file of ours. */
function lookAt(path: string | Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

async function freshenBelow(top: string, clock: Clock): Promise<void> {
  const open = [top];
  let seen = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    seen += 1;
    if (seen % SLICE === 0) await nextTurn();
    const facts = lookAt(path);
    if (facts?.isFile() === true) renew(path, facts, clock);
    if (facts?.isDirectory() !== true) continue;
    for (const name of namesIn(path)) if (!PACKAGES.has(name)) open.push(join(path, name));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
