import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { InvalidInputError } from '../../domain/light/index.js';

/** What `ERR_FILE_UNSUITABLE` says of a file. */
function unsuitable(path: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_FILE_UNSUITABLE', {
    message: `${path} cannot be used: ${reason}`,
    where: { file: path },
    hint: 'name an ordinary file with the content itself',
  });
}

/**
 * Text of a file that a person, a repository or a disk names: an ordinary file of at most `maxBytes`. A device, a pipe or a
 * file without end never holds a command up. Throws {@link InvalidInputError} `ERR_FILE_UNSUITABLE`, and the system's own
 * errors (`ENOENT`, `EACCES`, …).
 */
export async function readBounded(path: string, maxBytes: number): Promise<string> {
  return (await readBoundedBytes(path, maxBytes)).toString('utf8');
}

/** {@link readBounded} as bytes. */
export async function readBoundedBytes(path: string, maxBytes: number): Promise<Buffer> {
  // NONBLOCK: opening a named pipe that nobody writes to must not wait.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (facts.isDirectory()) throw unsuitable(path, 'it is a folder');
    if (!facts.isFile()) throw unsuitable(path, 'it is no ordinary file');
    if (facts.size > maxBytes) throw tooLarge(path, maxBytes);
    return await readAtMost(handle, { path, maxBytes, size: facts.size });
  } finally {
    await handle.close();
  }
}

interface Reading {
  readonly path: string;
  readonly maxBytes: number;
  readonly size: number;
}

/** Files of /proc say that they are empty, and a file may grow while it is read. */
async function readAtMost(
  handle: Awaited<ReturnType<typeof open>>,
  { path, maxBytes, size }: Reading,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.alloc(Math.max(4096, Math.min(size + 1 - total, 1024 * 1024)));
    const { bytesRead } = await handle.read(part, 0, part.length, null);
    if (bytesRead === 0) return Buffer.concat(parts);
    total += bytesRead;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    parts.push(part.subarray(0, bytesRead));
  }
}

function tooLarge(path: string, maxBytes: number): InvalidInputError {
  const mebibytes = maxBytes / 1024 / 1024;
  const size = mebibytes >= 1 ? `${mebibytes} MiB` : `${Math.round(maxBytes / 1024)} KiB`;
  return unsuitable(path, `it is larger than ${size}`);
}

/** Text of a stream, for example standard input, of at most `maxBytes`; null when it goes on beyond that. */
export async function readStreamBounded(
  stream: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): Promise<string | null> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    total += bytes.length;
    if (total > maxBytes) return null;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}
