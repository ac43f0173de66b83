import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { InfrastructureError } from '../../../domain/index.js';
import { isNotFound, syncDirectory, writeDurableFile } from '../../storage/durable-file.js';

/**
 * Commits and ref moves of the engine's own bare repositories, written without starting git: a fork of the worker costs
 * 4 ms, and a shell step would need two more. Formats: gitformat-loose, gitrepository-layout.
 */

/** A commit that the engine makes for itself. */
export interface LooseCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970, UTC. */
  readonly timestamp: number;
}

/** Moves a ref only from a known place. */
export interface LooseRefMove {
  readonly ref: string;
  readonly next: string;
  /** Null = the ref must not exist. */
  readonly expected: string | null;
}

/** Writes the commit durably and gives its id. Only for repositories with SHA-1 ids. */
export async function writeLooseCommit(gitDir: string, commit: LooseCommit): Promise<string> {
  const person = `${commit.name} <${commit.email}> ${commit.timestamp} +0000`;
  const body = Buffer.from(
    [
      `tree ${commit.tree}`,
      ...commit.parents.map((id) => `parent ${id}`),
      `author ${person}`,
      `committer ${person}`,
      '',
      commit.message,
    ].join('\n'),
  );
  const object = Buffer.concat([Buffer.from(`commit ${body.length}\0`), body]);
  const id = createHash('sha1').update(object).digest('hex');
  const path = join(gitDir, 'objects', id.slice(0, 2), id.slice(2));
  if (!existsSync(path)) await writeDurableFile(path, deflateSync(object), { mode: 0o444 });
  return id;
}

/**
 * Compare-and-swap of a loose ref under git's own lock file. Already at `next` is success. Returns false when git has to
 * decide: somebody holds the lock, or the ref lies packed. Throws `ERR_REF_MOVED` when the ref is anywhere else.
 */
export async function moveLooseRef(gitDir: string, move: LooseRefMove): Promise<boolean> {
  const path = join(gitDir, move.ref);
  const lock = `${path}.lock`;
  const current = readRef(path);
  if (current === null && existsSync(join(gitDir, 'packed-refs'))) return false;
  if (current === move.next) return true;
  if (current === null) return false;
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(lock, 'wx');
  } catch {
    return false;
  }
  try {
    // Read again under the lock: only now nobody else can move it.
    const held = readRef(path);
    if (held !== move.expected) throw refMoved(move, held);
    await handle.writeFile(`${move.next}\n`);
    await handle.sync();
    await rename(lock, path);
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await syncDirectory(join(path, '..'));
  return true;
}

function readRef(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The error of a compare-and-swap that lost. */
export function refMoved(
  move: LooseRefMove,
  actual: string | null,
  detail = '',
): InfrastructureError {
  return new InfrastructureError('ERR_REF_MOVED', {
    message: `${move.ref} is at ${actual ?? 'nothing'}, not at ${move.expected ?? 'nothing'}${detail}`,
    hint: 'somebody else moved the ref; start again from where it is now',
    data: { ref: move.ref, expected: move.expected, actual, next: move.next },
    isRetryable: false,
  });
}
