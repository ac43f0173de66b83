import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidInputError, parsePrd, type Prd } from '../../domain/index.js';
import { isNotFound, parseJsonDocument } from '../../platform/index.js';

const SIZE_LIMIT = 16 * 1024 * 1024;

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
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InvalidInputError('ERR_PRD_NOT_FOUND', {
      message: `there is no file ${file}`,
      where: { file },
      hint: 'name the PRD with -p FILE, or make one: codetether ralph create-prd -f FEATURE --project-name NAME -o prd.json',
      cause: error,
    });
  }
}

function unreadable(file: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_PRD_UNREADABLE', {
    message: `cannot read the PRD: ${reason}`,
    where: { file },
    hint: 'name a PRD file in JSON with -p FILE',
  });
}
