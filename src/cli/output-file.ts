import { writeFile } from 'node:fs/promises';
import { InvalidInputError } from '../domain/index.js';

/** What the system says when the path is wrong, and not the disk. */
const PATH_FAULTS = ['EEXIST', 'ENOENT', 'EACCES', 'ENOTDIR', 'EISDIR', 'EROFS', 'ENAMETOOLONG'];

/** Writes a result to the file that a person named. Throws `ERR_OUTPUT_FILE` when it exists and may not be replaced. */
export async function writeOutputFile(
  path: string,
  text: string,
  options: { readonly isReplaced?: boolean } = {},
): Promise<void> {
  try {
    await writeFile(path, text, { flag: options.isReplaced === true ? 'w' : 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || !PATH_FAULTS.includes(code)) throw error;
    if (code === 'EEXIST') throw outputExists(path, error);
    throw refusal(`${path} cannot be written`, path, error);
  }
}

/** The refusal to overwrite a file. */
export function outputExists(path: string, cause?: unknown): InvalidInputError {
  return refusal(`${path} exists already`, path, cause);
}

function refusal(message: string, path: string, cause: unknown): InvalidInputError {
  return new InvalidInputError('ERR_OUTPUT_FILE', {
    message,
    where: { file: path, field: '--output' },
    hint: 'name another file with -o FILE',
    cause,
  });
}
