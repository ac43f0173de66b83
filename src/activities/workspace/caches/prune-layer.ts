import { closeSync, openSync, readdirSync, readSync, rmSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { CacheLayer } from '../../../domain/index.js';

/**
 * Takes out of a folder what must not stand in a proof without having been made there: programs and libraries of a target
 * that a story may have removed. What they were linked from stays.
 */
export function pruneLayer(folder: string, prune: CacheLayer['prune']): void {
  if (prune === 'cargo-products') pruneCargo(folder);
  if (prune === 'linked-files') pruneLinked(folder);
}

/** Folders of cargo that are kept; the others hold documents, packages and files of tests. */
const CARGO_KEPT = new Set(['deps', 'build', 'incremental', '.fingerprint']);

/** Products lie beside `deps` under plain names; cargo links them there again, also when nothing was compiled. */
function pruneCargo(target: string): void {
  for (const entry of list(target)) {
    const path = join(target, entry.name);
    if (!entry.isDirectory()) continue;
    const names = new Set(list(path).map(({ name }) => name));
    if (names.has('.fingerprint')) pruneProfile(path);
    // A folder for each target triple, with profiles below it.
    else if (list(path).some(({ name }) => hasFingerprints(join(path, name)))) pruneCargo(path);
    else rmSync(path, { recursive: true, force: true });
  }
}

function hasFingerprints(folder: string): boolean {
  return list(folder).some(({ name }) => name === '.fingerprint');
}

function pruneProfile(profile: string): void {
  for (const { name } of list(profile)) {
    // cargo waits for the lock file of a profile, it does not read it
    if (!CARGO_KEPT.has(name)) rmSync(join(profile, name), { recursive: true, force: true });
  }
}

const MAGIC_BYTES = 20;
const ARCHIVE = '!<arch>\n';
/** ELF, then the type: 1 is an object file, which is what is kept. */
const ELF = '\u007fELF';
const RELOCATABLE = 1;

/** Everything linked in a build tree, but for what CMake made to look at the compiler. */
function pruneLinked(folder: string): void {
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === 'Testing') rmSync(path, { recursive: true, force: true });
      else if (!/^\d+\.\d+/.test(entry.name)) pruneLinked(path);
    } else if (entry.isSymbolicLink() || (entry.isFile() && isLinked(path))) rmSync(path);
  }
}

function isLinked(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(MAGIC_BYTES);
    const size = readSync(file, head, 0, MAGIC_BYTES, 0);
    const text = head.toString('latin1', 0, size);
    if (text.startsWith(ARCHIVE)) return true;
    const isBig = head[5] === 2;
    return text.startsWith(ELF) && (isBig ? head[17] : head[16]) !== RELOCATABLE;
  } finally {
    closeSync(file);
  }
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
