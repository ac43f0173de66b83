import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the worker's process runs. */
export interface WorkerProgram {
  /** A file for Node. */
  readonly entry: string;
  /** Changes with every build, so that a worker of an older build is replaced. */
  readonly stamp: string;
}

const COMPILED = 'workers/entry.js';
const JOINED = 'programs/worker.js';
const COMPILERS_NOTES = ['.core.tsbuildinfo', '.node.tsbuildinfo'];

/**
 * The program of this build, below its folder `dist`: the joined one, which starts in two thirds of the time and of less memory, where
 * no compiler ran since it was joined; else the compiled one.
 */
export function workerProgram(dist: URL): WorkerProgram {
  const changedAt = (path: string): number => statOf(path, dist)?.mtimeMs ?? 0;
  const joined = changedAt(JOINED);
  const isJoined = joined > 0 && COMPILERS_NOTES.every((note) => changedAt(note) <= joined);
  const entry = isJoined ? JOINED : COMPILED;
  const parts = ['workflow-bundle.js', entry].map((path) => {
    const stat = statOf(path, dist);
    return stat === undefined ? 'missing' : `${stat.size}@${stat.mtimeMs}`;
  });
  return { entry: fileURLToPath(new URL(entry, dist)), stamp: parts.join(',') };
}

function statOf(path: string, dist: URL): { size: number; mtimeMs: number } | undefined {
  return statSync(new URL(path, dist), { throwIfNoEntry: false });
}
