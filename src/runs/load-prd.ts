import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Prd } from '../domain/index.js';
import { parsePrdText, readPrdText, refuseLinkOut } from '../platform/index.js';

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
 * `ERR_PRD_UNREADABLE`, `ERR_LINK_OUTSIDE`, `ERR_JSON_INVALID`, `ERR_YAML_INVALID` or PrdInvalidError `ERR_PRD_INVALID`, with file, line, story
 * and field.
 */
export async function loadPrd(file: string, cwd: string): Promise<LoadedPrd> {
  const path = await prdLocation(file, cwd);
  await refuseLinkOut(path, 'the PRD');
  await refuseLinkOut(join(dirname(path), 'progress.txt'), 'progress.txt');
  return { prd: named(parsePrdText(await readPrdText(path, file), file), path), path };
}

/** A PRD that names no project has the name of its folder, and a feature that of its project. */
function named(prd: Prd, path: string): Prd {
  const project = prd.project === '' ? basename(dirname(path)) || 'project' : prd.project;
  return { ...prd, project, feature: prd.feature === '' ? project : prd.feature };
}

/** Notes of a plan; more would hide the plan, and they travel with the run. */
const NOTES_LIMIT = 60;

/** The notes of a PRD as sentences with their place, for the plan. */
export function prdNotes(prd: Prd): string[] {
  const texts = prd.notes.slice(0, NOTES_LIMIT).map(({ message, where }) => {
    const place = [
      ...(where.line === undefined ? [] : [`line ${where.line}`]),
      ...(where.story === undefined ? [] : [`story ${where.story}`]),
    ].join(', ');
    return place === '' ? message : `${place}: ${message}`;
  });
  const more = prd.notes.length - texts.length;
  return more > 0 ? [...texts, `and ${more} more: codetether ralph validate names all`] : texts;
}
