import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidInputError, parsePrd, type Prd } from '../../domain/index.js';
import { isNotFound, parseJsonDocument } from '../../platform/index.js';

/** A PRD travels whole to the workflow, and Temporal takes at most 2 MiB in one message. */
const SIZE_LIMIT = 1024 * 1024;

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
 * Reads and validates a PRD file. Throws InvalidInputError `ERR_PRD_NOT_FOUND`, `ERR_PRD_UNREADABLE`, `ERR_JSON_INVALID`
 * or PrdInvalidError `ERR_PRD_INVALID`, with file, line, story and field.
 */
export async function loadPrd(file: string, cwd: string): Promise<LoadedPrd> {
  const path = await prdLocation(file, cwd);
  const text = await readPrdText(path, file);
  const document = parseJsonDocument(text, file);
  return { prd: parsePrd(document.value, file, (field) => document.lineOf(field)), path };
}

async function readPrdText(path: string, file: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw unreadable(file, 'it is not a file');
    if (facts.size > SIZE_LIMIT) throw unreadable(file, `it is larger than ${SIZE_LIMIT} bytes`);
    return decode(await readFile(path), file);
  } catch (error) {
    if (!isNotFound(error) && !isBelowFile(error)) throw error;
    throw new InvalidInputError('ERR_PRD_NOT_FOUND', {
      message: `there is no file ${file}`,
      where: { file },
      hint: 'name the PRD with -p FILE, or make one: codetether ralph create-prd -f FEATURE --project-name NAME -o prd.json',
      cause: error,
    });
  }
}

/** The text; bytes that are no UTF-8 would be lost when the file is written back with its passed stories. */
function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'it is not UTF-8 text');
  }
}

/** A path such as `README.md/prd.json`. */
function isBelowFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
}

function unreadable(file: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_PRD_UNREADABLE', {
    message: `cannot read the PRD: ${reason}`,
    where: { file },
    hint: 'name a PRD file with -p FILE: JSON, in UTF-8, of at most 1 MiB',
  });
}
