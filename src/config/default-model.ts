import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readTomlFile } from './toml-file.js';

/**
 * Writes `default_model` into the user's file when no line of it says one, as its first line, so that everything else
 * stays as it is; a missing file is made. False when the file has one already. Throws what the disk says, and
 * `ERR_CONFIG_SYNTAX` for a file that is no TOML.
 */
export async function writeDefaultModel(userFile: string, reference: string): Promise<boolean> {
  const line = `default_model = ${JSON.stringify(reference)}\n`;
  const known = await readTomlFile(userFile);
  if (known === null) {
    await mkdir(dirname(userFile), { recursive: true });
    await writeFile(userFile, line, { flag: 'wx' });
    return true;
  }
  if ('default_model' in known.document) return false;
  // Many keep this file elsewhere and link it: the link stays one.
  const path = await realpath(userFile);
  const { mode } = await stat(path);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, line + (await readFile(path, 'utf8')), { mode: mode & 0o777 });
  await rename(temporary, path);
  return true;
}
