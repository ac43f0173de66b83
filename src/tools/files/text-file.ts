import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { resolveInside, sha256, type InsidePath } from '../../platform/index.js';
import { closestNames } from '../closest-name.js';
import type { ToolContext } from '../tool.js';
import { mediaKind, type MediaKind } from '../media/media-kind.js';

/** Files above this are not read whole; grep and bash can look into them. */
const MAX_READ_BYTES = 32 * 1024 * 1024;
const BINARY_PROBE_BYTES = 8192;
/** Paths that name the kept whole of an earlier output. */
const OUTPUT_PREFIX = '@output/';

/** A text file with everything needed to write it back byte for byte. */
export interface TextFile {
  readonly path: InsidePath;
  readonly text: string;
  /** UTF-8, or Latin-1 for files that are not valid UTF-8: both survive a round trip. */
  readonly encoding: 'utf8' | 'latin1';
  /** SHA-256 of the bytes, 64 hex characters. */
  readonly digest: string;
  readonly mode: number;
  readonly bytes: number;
}

/** A file, or a sentence for the model about why there is none. */
export type TextFileAnswer =
  | { readonly kind: 'file'; readonly file: TextFile }
  | { readonly kind: 'missing'; readonly path: InsidePath; readonly reason: string }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** The file is a picture or a document. */
      readonly media?: MediaFile;
    };

/** A file that holds no text but can be shown. */
export interface MediaFile extends MediaKind {
  readonly path: InsidePath;
  readonly bytes: Buffer;
  readonly digest: string;
}

/** The first 16 characters of a digest: how the model's knowledge of a file is remembered. */
export function seenHash(digest: string): string {
  return digest.slice(0, 16);
}

/** Number of lines as an editor counts them; a final line break starts no line. */
export function countLines(text: string): number {
  if (text === '') return 0;
  let breaks = 0;
  for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', feed + 1)) breaks += 1;
  return text.endsWith('\n') ? breaks : breaks + 1;
}

/** The bytes of `text` in the file's encoding, or undefined when a character does not exist in it. */
export function encodeText(text: string, encoding: TextFile['encoding']): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return encoding === 'utf8' || bytes.toString('latin1') === text ? bytes : undefined;
}

/** Reads a file of the workspace, or a kept output (`@output/…`, never for writing). */
export async function readTextFile(
  context: ToolContext,
  path: string,
  purpose: 'read' | 'write',
): Promise<TextFileAnswer> {
  const resolved = await locate(context, path, purpose);
  if (typeof resolved === 'string') return { kind: 'refused', reason: resolved };
  let handle: FileHandle;
  try {
    // NONBLOCK: a named pipe must not hang us. NOFOLLOW: a link put there since the check is not followed.
    handle = await open(
      resolved.absolute,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    return openFailure(error, path, resolved);
  }
  try {
    return await readOpened(handle, path, resolved);
  } finally {
    await handle.close();
  }
}

/** Absolute path behind `@output/NAME`, or undefined when the path is none or its name is not one of ours. */
export function outputPath(
  context: Pick<ToolContext, 'workspace'>,
  path: string,
): string | undefined {
  if (!path.startsWith(OUTPUT_PREFIX)) return undefined;
  const name = path.slice(OUTPUT_PREFIX.length).replace(/\.txt$/, '');
  return /^[0-9a-f]{12}$/.test(name)
    ? join(context.workspace.state, 'outputs', `${name}.txt`)
    : undefined;
}

async function locate(
  context: ToolContext,
  path: string,
  purpose: 'read' | 'write',
): Promise<InsidePath | string> {
  const output = purpose === 'read' ? outputPath(context, path) : undefined;
  if (output !== undefined) return { absolute: output, relative: path };
  const answer = await resolveInside(context.workspace, path, purpose);
  return answer.isInside ? answer.path : answer.reason;
}

async function openFailure(
  error: unknown,
  path: string,
  resolved: InsidePath,
): Promise<TextFileAnswer> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT': {
      const near = await closestSiblings(resolved.absolute);
      const hint =
        near.length === 0 ? 'Use glob or list_dir to find it.' : `Did you mean ${near.join(', ')}?`;
      return { kind: 'missing', path: resolved, reason: `${path}: no such file. ${hint}` };
    }
    case 'ENOTDIR':
      return { kind: 'refused', reason: `${path}: a part of it is a file, not a folder.` };
    case 'ELOOP':
      return { kind: 'refused', reason: `${path}: a symbolic link; use the file it points to.` };
    case 'EACCES':
      return { kind: 'refused', reason: `${path}: permission denied.` };
    case 'ENAMETOOLONG':
      return { kind: 'refused', reason: `${path.slice(0, 80)}…: the name is too long.` };
    case 'ENXIO':
      return { kind: 'refused', reason: `${path}: not a regular file.` };
    default:
      throw error;
  }
}

async function readOpened(
  handle: FileHandle,
  path: string,
  resolved: InsidePath,
): Promise<TextFileAnswer> {
  const stat = await handle.stat();
  if (stat.isDirectory()) return { kind: 'refused', reason: `${path}: a folder; use list_dir.` };
  if (!stat.isFile()) return { kind: 'refused', reason: `${path}: not a regular file.` };
  if (stat.size > MAX_READ_BYTES) {
    return {
      kind: 'refused',
      reason: `${path}: ${stat.size} bytes, too large to read; use grep, or head and tail with bash.`,
    };
  }
  const bytes = await handle.readFile();
  const isBinary = bytes.subarray(0, BINARY_PROBE_BYTES).includes(0);
  const utf8 = isBinary ? undefined : decodeUtf8(bytes);
  const kind = mediaKind(bytes);
  if (kind !== undefined && (utf8 === undefined || !kind.isPicture)) {
    return {
      kind: 'refused',
      reason: `${path}: ${kind.name} of ${bytes.length} bytes; it cannot be edited as text.`,
      media: { ...kind, path: resolved, bytes, digest: sha256(bytes) },
    };
  }
  if (isBinary) {
    return {
      kind: 'refused',
      reason: `${path}: a binary file of ${bytes.length} bytes; it cannot be shown or edited as text.`,
    };
  }
  return {
    kind: 'file',
    file: {
      path: resolved,
      text: utf8 ?? bytes.toString('latin1'),
      encoding: utf8 === undefined ? 'latin1' : 'utf8',
      digest: sha256(bytes),
      mode: stat.mode & 0o777,
      bytes: bytes.length,
    },
  };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function closestSiblings(path: string): Promise<string[]> {
  try {
    return closestNames(basename(path), await readdir(dirname(path)));
  } catch {
    return [];
  }
}
