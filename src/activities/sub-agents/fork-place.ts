import { posix } from 'node:path';
import type { WorkspaceRef } from '../../domain/index.js';
import type { WorkspaceFolders } from '../../platform/index.js';

/** The engine's own commits; with a fixed date they are the same on every retry. */
export const ENGINE = {
  name: 'CodeTether',
  email: 'codetether@localhost',
  timestamp: Date.UTC(2000, 0, 1) / 1000,
};

/** Names that belong to a fork of a lane. */
export interface ForkPlace {
  /** Of its snapshots. */
  readonly refPrefix: string;
  /** What it began with: nobody may drop the commit while its agent works. */
  readonly startRef: string;
  /** What was changed in it, once its agent has ended. */
  readonly workRef: string;
  /** Where work stays that was not taken over. */
  readonly keptRef: string;
}

/** The names of a fork, whose id is `REPOSITORY/RUN/NAME`. */
export function forkPlace(
  lane: Pick<WorkspaceFolders, 'refPrefix'>,
  { id }: WorkspaceRef,
): ForkPlace {
  const name = posix.basename(id);
  const runId = posix.basename(posix.dirname(id));
  const refPrefix = `${posix.dirname(lane.refPrefix)}/${name}`;
  return {
    refPrefix,
    startRef: `${refPrefix}/start`,
    workRef: `${refPrefix}/work`,
    keptRef: `refs/codetether/runs/${runId}-kept/${name}`,
  };
}
