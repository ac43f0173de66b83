import { createHash } from 'node:crypto';
import { parse, TomlError } from 'smol-toml';
import { InvalidInputError } from '../domain/light/index.js';
import { readBoundedBytes } from '../platform/light/index.js';

/** A configuration is read by hand and by every command. */
const LARGEST_FILE = 1024 * 1024;

/** A parsed configuration file that still knows where its keys are. */
export interface TomlFile {
  readonly path: string;
  /** Of the bytes that `document` was made from. */
  readonly sha256: string;
  readonly document: Readonly<Record<string, unknown>>;
  /** 1-based line of a key path, of its nearest named parent else; undefined when neither is found. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

/**
 * Reads a TOML file; null when it does not exist. Throws {@link InvalidInputError} `ERR_CONFIG_SYNTAX` with the line, or
 * `ERR_CONFIG_UNREADABLE`.
 */
export async function readTomlFile(path: string): Promise<TomlFile | null> {
  const bytes = await readConfigBytes(path);
  return bytes === null ? null : tomlFileOf(path, bytes);
}

/** The bytes of a configuration file; null when it does not exist. Throws {@link InvalidInputError} `ERR_CONFIG_UNREADABLE`. */
export async function readConfigBytes(path: string): Promise<Buffer | null> {
  try {
    return await readBoundedBytes(path, LARGEST_FILE);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new InvalidInputError('ERR_CONFIG_UNREADABLE', {
      message: `the configuration file cannot be read (${error instanceof Error ? error.message : String(error)})`,
      where: { file: path },
      hint: 'name an ordinary file of at most 1 MiB that you may read',
      cause: error,
    });
  }
}

/** What these bytes say as the content of a file. Throws {@link InvalidInputError} `ERR_CONFIG_SYNTAX` with the line. */
export function tomlFileOf(path: string, bytes: Buffer): TomlFile {
  const text = bytes.toString('utf8');
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    document: parseToml(path, text),
    lineOf: (keys) => findLine(text, keys.map(String)),
  };
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  );
}

function parseToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new InvalidInputError('ERR_CONFIG_SYNTAX', {
      message: `not valid TOML: ${error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? ''}`,
      where: { file: path, line: error.line },
      cause: error,
    });
  }
}

/**
 * The parser reports no positions of values, so the keys are looked for in the text: `[a.b]` headers and `key =` lines.
 * Keys inside inline tables fall back to the line of the table.
 */
function findLine(text: string, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const line = findExact(text, path.slice(0, length).join('.'));
    if (line !== undefined) return line;
  }
  return undefined;
}

function findExact(text: string, wanted: string): number | undefined {
  let table = '';
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?([^\]]+)\]/.exec(line)?.[1]?.trim();
    if (header !== undefined) {
      table = plainKey(header);
      if (table === wanted || table.startsWith(`${wanted}.`)) return index + 1;
      continue;
    }
    const key = line.slice(0, Math.max(0, line.indexOf('='))).trim();
    if (!/^[\w."' -]+$/.test(key)) continue;
    const full = table === '' ? plainKey(key) : `${table}.${plainKey(key)}`;
    if (full === wanted || full.startsWith(`${wanted}.`)) return index + 1;
  }
  return undefined;
}

function plainKey(key: string): string {
  return key
    .replaceAll(/["']/g, '')
    .split('.')
    .map((part) => part.trim())
    .join('.');
}
