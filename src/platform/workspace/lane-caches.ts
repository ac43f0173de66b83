import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { overlayViewSchema } from '../sandbox/overlay.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import type { WorkspaceFolders } from './workspace.js';

const laneCachesSchema = z.object({
  version: z.literal(1),
  /** Names of the tools. */
  tools: z.array(z.string()).readonly(),
  variables: z.record(z.string(), z.string()),
  /** Absolute folders that come before the host's on PATH. */
  path: z.array(z.string()).readonly(),
  views: z.array(overlayViewSchema).readonly(),
});

/** The build caches that commands in a lane see. */
export type LaneCaches = Omit<z.infer<typeof laneCachesSchema>, 'version'>;

/** Caches of a lane that has none. */
export const NO_CACHES: LaneCaches = { tools: [], variables: {}, path: [], views: [] };

/** Remembers the build caches of a lane; null = it has none any more. */
export async function writeLaneCaches(
  workspace: Pick<WorkspaceFolders, 'state'>,
  caches: LaneCaches | null,
): Promise<void> {
  if (caches === null) return rm(cachesFile(workspace), { force: true });
  const file: z.infer<typeof laneCachesSchema> = { version: 1, ...caches };
  return writeDurableFile(cachesFile(workspace), JSON.stringify(file));
}

/** The build caches of a lane. */
export async function readLaneCaches(
  workspace: Pick<WorkspaceFolders, 'state'>,
): Promise<LaneCaches> {
  try {
    return laneCachesSchema.parse(JSON.parse(await readFile(cachesFile(workspace), 'utf8')));
  } catch (error) {
    if (isNotFound(error)) return NO_CACHES;
    throw error;
  }
}

function cachesFile({ state }: Pick<WorkspaceFolders, 'state'>): string {
  return join(state, 'build-caches.json');
}
