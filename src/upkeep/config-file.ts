import { realpath, stat } from 'node:fs/promises';
import type { ConfigChange } from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import { isNotFound, pathExists, writeDurableFile } from '../platform/index.js';

/** What is written of a {@link ConfigChange}. */
export type ConfigFileText = Pick<ConfigChange, 'path' | 'text' | 'mode'>;

/**
 * Writes a configuration file so that after a crash the old or the new one is there, whole. Many keep theirs elsewhere and link it: the
 * link stays one, and so do the rights of a file that exists.
 */
export async function writeConfigFile({ path, text, mode }: ConfigFileText): Promise<void> {
  const target = await realTarget(path);
  const rights = await stat(target).then(
    (facts) => facts.mode & 0o777,
    (error: unknown) => {
      if (isNotFound(error)) return mode;
      throw error;
    },
  );
  await writeDurableFile(target, text, { mode: rights });
}

/** The same for a file that must not be there yet. Throws `ERR_CONFIG_EXISTS`. */
export async function writeNewConfigFile(file: ConfigFileText): Promise<void> {
  if (await pathExists(file.path)) {
    throw new InvalidInputError('ERR_CONFIG_EXISTS', {
      message: 'there is a configuration file already; it is left as it is',
      where: { file: file.path },
      hint: 'codetether config show prints what it says, codetether config set KEY VALUE changes one key',
    });
  }
  await writeDurableFile(file.path, file.text, { mode: file.mode });
}

async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isNotFound(error)) return path;
    throw error;
  }
}
