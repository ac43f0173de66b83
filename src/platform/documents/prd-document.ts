import { stat } from 'node:fs/promises';
import {
  InvalidInputError,
  parseMarkdownPrd,
  parsePrd,
  parseTaskLines,
  type Prd,
  type PrdNote,
} from '../../domain/index.js';
import { readBoundedBytes } from '../light/bounded-file.js';
import { isNotFound } from '../storage/durable-file.js';
import { frontMatterOf } from './front-matter.js';
import { parseJsonDocument, type JsonDocument } from './json-document.js';
import { parseYamlDocument } from './yaml-document.js';

/** A PRD travels whole to the workflow, and Temporal takes at most 2 MiB in one message. */
const SIZE_LIMIT = 1024 * 1024;
/** A line of Markdown becomes a whole story, so that a small file may hold more than a message takes. */
const STORIES_LIMIT = 1.5 * 1024 * 1024;

/** How the text of a PRD is written. */
export type PrdNotation = 'json' | 'json-lines' | 'yaml' | 'markdown';

/**
 * The notation of a PRD's text. What it begins with decides; the file's ending only where that could be two things: a
 * task a line, and YAML.
 */
export function prdNotation(text: string, file: string): PrdNotation {
  const content = text.replace(/^\uFEFF/, '').trim();
  const ending = /\.([a-z0-9]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  if (['jsonl', 'ndjson'].includes(ending)) return 'json-lines';
  if (content === '') return 'json';
  if (/^(?:\{|\[(?![^[\]]?\]))/.test(content)) return isTaskALine(content) ? 'json-lines' : 'json';
  if (/^```(?:json[c5]?)?[ \t]*\r?\n\s*[{[]/i.test(content)) return 'json';
  if (['yaml', 'yml'].includes(ending)) return 'yaml';
  if (ending === 'json') return 'json';
  return looksLikeTasks(content) ? 'yaml' : 'markdown';
}

function isTaskALine(content: string): boolean {
  const lines = content.split('\n').map((line) => line.trim());
  return lines.length > 1 && lines.every((line) => /^(?:\{.*\})?$/.test(line));
}

/** A key `tasks:` near the top, and nothing that only Markdown has. */
function looksLikeTasks(content: string): boolean {
  return /^tasks:\s*$/m.test(content.slice(0, 500)) && !/^[ \t]*[-*] \[[ xX]\]/m.test(content);
}

/**
 * The PRD that a text holds, in any of the formats. Throws InvalidInputError `ERR_JSON_INVALID`, `ERR_YAML_INVALID`,
 * `ERR_PRD_UNREADABLE` (too many stories) or PrdInvalidError `ERR_PRD_INVALID` with every problem, with file, line, story and field.
 */
export function parsePrdText(text: string, file: string): Prd {
  const prd = parseNotation(text, file);
  const bytes = Buffer.byteLength(JSON.stringify(prd.stories));
  if (bytes <= STORIES_LIMIT) return prd;
  throw unreadable(file, `its ${prd.stories.length} stories are more than one run can carry`);
}

function parseNotation(text: string, file: string): Prd {
  switch (prdNotation(text, file)) {
    case 'json-lines':
      return parseTaskLines(text, file);
    case 'markdown':
      return parseMarkdownPrd(text, file, frontMatterOf(text)?.value);
    case 'yaml':
      return parseDecoded(parseYamlDocument(text, file), file);
    case 'json':
      return parseDecoded(parseJsonDocument(text, file), file);
  }
}

function parseDecoded(document: JsonDocument, file: string): Prd {
  const prd = parsePrd(document.value, file, (field) => document.lineOf(field));
  const faults = document.faults.map(({ message, line }): PrdNote => ({
    message,
    where: { file, line },
    items: 0,
  }));
  return { ...prd, notes: [...faults, ...prd.notes] };
}

/**
 * The text of a PRD file; `file` is the name for messages. Throws InvalidInputError `ERR_PRD_NOT_FOUND`,
 * `ERR_PRD_UNREADABLE` (a folder, above 1 MiB, no UTF-8).
 */
export async function readPrdText(path: string, file: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw unreadable(file, 'it is a folder; name one file of it');
    if (!facts.isFile()) throw unreadable(file, 'it is not a file');
    if (facts.size > SIZE_LIMIT) throw unreadable(file, `it is larger than ${SIZE_LIMIT} bytes`);
    return decode(await readBoundedBytes(path, SIZE_LIMIT), file);
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
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'it is not UTF-8 text');
  }
  // UTF-16 without a mark at its start is valid UTF-8, with a NUL in every letter
  if (text.includes('\0')) throw unreadable(file, 'it holds NUL characters, as UTF-16 does');
  return text;
}

/** A path such as `README.md/prd.json`. */
function isBelowFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
}

function unreadable(file: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_PRD_UNREADABLE', {
    message: `cannot read the PRD: ${reason}`,
    where: { file },
    hint: 'name a PRD file with -p FILE: JSON, YAML, JSON lines or Markdown, in UTF-8, of at most 1 MiB; split a larger one',
  });
}
