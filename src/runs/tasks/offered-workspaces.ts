import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { homePaths, isNotFound, readBounded, writeDurableFile } from '../../platform/index.js';

const LARGEST = 1024 * 1024;
const offeredSchema = z.record(z.string(), z.string().startsWith('/'));

function fileOf(home: string): string {
  return join(homePaths(home).tasks, '.workspaces.json');
}

/**
 * Notes the folders that a command of this machine offers to tasks, by name, for the service, which reads them with each task; what was
 * offered before stays. Not a part of the service's settings: these would be others for the next command.
 */
export async function offerWorkspaces(
  home: string,
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(folders).length === 0) return;
  const all = { ...(await offeredWorkspaces(home)), ...folders };
  await mkdir(dirname(fileOf(home)), { recursive: true });
  await writeDurableFile(fileOf(home), `${JSON.stringify(all)}\n`, { mode: 0o600 });
}

/** The folders that commands have offered, absolute, by name. */
export async function offeredWorkspaces(home: string): Promise<Readonly<Record<string, string>>> {
  try {
    return offeredSchema.parse(JSON.parse(await readBounded(fileOf(home), LARGEST)));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}
