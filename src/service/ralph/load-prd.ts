import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Prd } from '../../domain/index.js';
import { parsePrdText, readPrdText } from '../../platform/index.js';

/** A PRD and the file it came from. */
export interface LoadedPrd {
  readonly prd: Prd;
  /** Absolute, in its real folder. */
  readonly path: string;
}

/** Absolute path of a PRD in its real folder, so that git and we mean the same place behind symbolic links. */
export async function prdLocation(file: string, cwd: string): Promise<string> {
  const path = resolve(cwd, file);
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

/**
 * Reads and validates a PRD file of any of the formats. Throws InvalidInputError `ERR_PRD_NOT_FOUND`,
 * `ERR_PRD_UNREADABLE`, `ERR_JSON_INVALID`, `ERR_YAML_INVALID` or PrdInvalidError `ERR_PRD_INVALID`, with file, line, story
 * and field.
 */
export async function loadPrd(file: string, cwd: string): Promise<LoadedPrd> {
  const path = await prdLocation(file, cwd);
  return { prd: parsePrdText(await readPrdText(path, file), file), path };
}
