import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../domain/light/index.js';
import { readBounded } from '../../platform/light/index.js';

const LARGEST_STORE = 16 * 1024 * 1024;

const trustedFileSchema = z.object({
  /** Absolute, in its real folder. */
  path: z.string().min(1),
  /** SHA-256 of the bytes that were looked at. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  trustedAt: z.string(),
  /** Settings that the file makes and that need trust, for people. */
  keys: z.array(z.string()),
});

/** A project file that the user has looked at and allowed to set everything. */
export type TrustedFile = z.infer<typeof trustedFileSchema>;

const storeSchema = z.object({ version: z.literal(1), files: z.array(trustedFileSchema) });

/** Where the trusted files are listed, below the home. */
export function trustStorePath(home: string): string {
  return join(home, 'trusted.json');
}

/**
 * The trusted files, oldest first; none when nobody trusted any. Throws {@link InvalidInputError}
 * `ERR_TRUST_STORE_INVALID` for a list that is damaged or that somebody else may have written.
 */
export async function readTrustedFiles(home: string): Promise<readonly TrustedFile[]> {
  const path = trustStorePath(home);
  try {
    const facts = await lstat(path);
    const isOurs = process.getuid === undefined || facts.uid === process.getuid();
    if (!facts.isFile() || !isOurs || (facts.mode & 0o022) !== 0)
      throw storeInvalid(path, 'others than you can have written it');
    return storeSchema.parse(JSON.parse(await readBounded(path, LARGEST_STORE))).files;
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw storeInvalid(path, 'it is damaged');
    throw error;
  }
}

/** Puts a file on the list, in the place of what is known of the same path. The list is only readable by its owner. */
export async function addTrustedFile(home: string, file: TrustedFile): Promise<void> {
  const others = (await readTrustedFiles(home)).filter(({ path }) => path !== file.path);
  await writeStore(home, [...others, file]);
}

/** Takes a path off the list; false when it was not on it. */
export async function removeTrustedFile(home: string, path: string): Promise<boolean> {
  const files = await readTrustedFiles(home);
  const others = files.filter((file) => file.path !== path);
  if (others.length === files.length) return false;
  await writeStore(home, others);
  return true;
}

async function writeStore(home: string, files: readonly TrustedFile[]): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = trustStorePath(home);
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    const text = `${JSON.stringify({ version: 1, files }, null, 2)}\n`;
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function storeInvalid(path: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_TRUST_STORE_INVALID', {
    message: `the list of trusted files cannot be used: ${reason}`,
    where: { file: path },
    hint: `delete it, then trust your files again: codetether trust FILE`,
  });
}
