import { rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isNotFound } from '../storage/durable-file.js';

/** No git command of ours runs longer (its time limit is 10 minutes), so an older lock has no owner. */
const ABANDONED_AFTER_MS = 15 * 60_000;

/** A lock file of git that is in the way. */
export interface HeldLock {
  /** Absolute. */
  readonly path: string;
  readonly ageMs: number;
}

/** The lock file that git complains about, if it is still there; undefined when it complains about something else. */
export async function heldLock(stderr: string, cwd: string): Promise<HeldLock | undefined> {
  const path = lockIn(stderr);
  if (path === undefined) return undefined;
  const lock = resolve(cwd, path);
  try {
    const { mtimeMs } = await stat(lock);
    return { path: lock, ageMs: Math.max(0, Date.now() - mtimeMs) };
  } catch (error) {
    // Gone meanwhile: it was held for a moment only.
    if (isNotFound(error)) return { path: lock, ageMs: 0 };
    throw error;
  }
}

/** `the lock file /a/.git/index.lock is in the way, 12 min old`. */
export function describeLock({ path, ageMs }: HeldLock): string {
  const seconds = Math.round(ageMs / 1000);
  const age =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3600)} h`;
  return `the lock file ${path} is in the way, ${age} old`;
}

/** The lock file that git names; undefined when it complains about something else. */
function lockIn(stderr: string): string | undefined {
  const start = stderr.indexOf(OPENING);
  const end = start < 0 ? -1 : stderr.indexOf(".lock': File exists", start);
  return end < 0 ? undefined : stderr.slice(start + OPENING.length, end + '.lock'.length);
}

const OPENING = "Unable to create '";

/**
 * Removes the lock file that a git command complains about, if nobody alive can own it: it is older than this process,
 * which is the only writer, or than any git command may run. Returns whether the command is worth repeating.
 */
export async function removeStaleLock(stderr: string, cwd: string): Promise<boolean> {
  const path = lockIn(stderr);
  if (path === undefined) return false;
  const lock = resolve(cwd, path);
  const startedAt = Date.now() - process.uptime() * 1000;
  try {
    const { mtimeMs } = await stat(lock);
    if (mtimeMs > startedAt && mtimeMs > Date.now() - ABANDONED_AFTER_MS) return false;
    await rm(lock, { force: true });
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}
