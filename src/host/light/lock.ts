import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './json-file.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** A held lock. */
export interface Lock {
  /** Gives the lock up; safe to call twice. */
  release(): void;
}

/** Outcome of {@link acquireLock}: the lock, or who holds it. */
export type LockAttempt = { readonly lock: Lock } | { readonly holder: ProcessIdentity };

/** What {@link acquireLock} needs from outside; replaced in tests. */
export interface LockOptions {
  /** Default: this process. */
  readonly owner?: ProcessIdentity;
  /** Default: looks at the system's processes. */
  readonly isAlive?: (identity: ProcessIdentity) => boolean;
}

/**
 * Takes the lock that lives in `folder`, or tells who holds it. Each holder owns a file `<generation>.json`. A dead
 * holder's lock is taken over by creating the next generation, which only one contender can; the winner then looks
 * again and steps back if any other living owner is there, so that two never hold it at once, whatever dies when.
 */
export function acquireLock(folder: string, options: LockOptions = {}): LockAttempt {
  const owner = options.owner ?? ownIdentity();
  const alive = options.isAlive ?? isAlive;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (;;) {
    const before = readGenerations(folder);
    const holder = livingOwner(before, alive);
    if (holder !== null) return { holder };
    const mine = (before.at(-1)?.generation ?? 0) + 1;
    if (!createExclusively(folder, mine, owner)) continue;
    const others = readGenerations(folder).filter(({ generation }) => generation !== mine);
    if (livingOwner(others, alive) !== null) {
      remove(folder, mine);
      // Two contenders may step back from each other: the next round starts at different times.
      pauseBriefly();
      continue;
    }
    for (const { generation } of before) remove(folder, generation);
    return { lock: { release: () => remove(folder, mine) } };
  }
}

/** Who holds the lock now; null when nobody living does. */
export function lockHolder(folder: string): ProcessIdentity | null {
  return livingOwner(readGenerations(folder), isAlive);
}

function livingOwner(
  entries: readonly Generation[],
  alive: (identity: ProcessIdentity) => boolean,
): ProcessIdentity | null {
  return entries.map(({ owner }) => owner).find((owner) => owner !== null && alive(owner)) ?? null;
}

interface Generation {
  readonly generation: number;
  readonly owner: ProcessIdentity | null;
}

function readGenerations(folder: string): Generation[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const generation = /^(\d+)\.json$/.exec(name)?.[1];
      return generation === undefined ? [] : [Number(generation)];
    })
    .sort((left, right) => left - right)
    .map((generation) => ({ generation, owner: toIdentity(readJson(pathOf(folder, generation))) }));
}

function createExclusively(folder: string, generation: number, owner: ProcessIdentity): boolean {
  const temporary = join(folder, `.${process.pid}.${randomBytes(6).toString('hex')}`);
  writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 });
  try {
    // A link appears whole or not at all, unlike a file that is created and then filled.
    linkSync(temporary, pathOf(folder, generation));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function remove(folder: string, generation: number): void {
  rmSync(pathOf(folder, generation), { force: true });
}

function pathOf(folder: string, generation: number): string {
  return join(folder, `${generation}.json`);
}

function pauseBriefly(): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, 1 + (randomBytes(1)[0] ?? 0) / 8);
}

function toIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('pid' in value && 'startTime' in value && 'bootId' in value)) return null;
  const { pid, startTime, bootId } = value;
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof bootId !== 'string')
    return null;
  return { pid, startTime, bootId };
}
