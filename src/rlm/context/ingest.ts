import {
  contextManifestSchema,
  InvalidInputError,
  languageOf,
  type BlobRef,
  type ContentType,
  type ContextManifest,
  type ContextSource,
  type ContextSymbol,
} from '../../domain/index.js';
import { findFunctions, type BlobStore } from '../../platform/index.js';
import { BlockWriter } from './block-writer.js';
import { countBelow } from './count-below.js';
import { typeOfLines, typeOfName, type DetectedType } from './detect-type.js';

/** One file, or text, that is part of an input. */
export interface ContextInput {
  /** Name for people and for the model; empty = the whole input, which then has no header. */
  readonly name: string;
  /** Its bytes. Read once. */
  open(): AsyncIterable<Uint8Array>;
}

/** An input that is stored. */
export interface StoredContext {
  readonly ref: BlobRef;
  readonly manifest: ContextManifest;
}

/** Source files up to this size are parsed for their functions. */
const LARGEST_SOURCE = 512 * 1024;
const MOST_SYMBOLS = 20_000;
const SAMPLE_BYTES = 64 * 1024;
const SAMPLE_LINES = 200;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Stores an input: its bytes as UTF-8 in blocks, and a manifest of what is known of it. Several files are joined with a line before and
 * behind each that names it. Holds a few megabytes however large the input is. Throws InvalidInputError `ERR_RLM_INPUT` for binary
 * content (with its name) and for an input without any text.
 */
export async function ingestContext(
  inputs: readonly ContextInput[],
  { blobs, type }: { readonly blobs: BlobStore; readonly type: ContentType | 'auto' },
): Promise<StoredContext> {
  const writer = new BlockWriter(blobs);
  const reading = { writer, isJoined: inputs.length > 1 };
  const files: ReadFile[] = [];
  for (const input of inputs) files.push(await readInput(input, reading));
  await writer.finish();
  if (files.every(({ source }) => source.bytes === 0)) throw nothingToRead();
  const detected = type === 'auto' ? detect(files) : { ...detect(files), type };
  const symbols = files.flatMap((file) => file.symbols).slice(0, MOST_SYMBOLS);
  const manifest: ContextManifest = {
    version: 1,
    type: detected.type,
    ...(detected.type === 'records' && inputs.length === 1 && detected.format !== undefined
      ? { format: detected.format }
      : {}),
    bytes: writer.bytes,
    lines: writer.lines,
    replaced: writer.replaced,
    blocks: writer.blocks,
    sources: files.map(({ source }) => source),
    ...(symbols.length === 0 ? {} : { symbols }),
  };
  return { ref: await blobs.put(JSON.stringify(manifest)), manifest };
}

/** What is known of a stored input. */
export async function readManifest(ref: BlobRef, blobs: BlobStore): Promise<ContextManifest> {
  return contextManifestSchema.parse(JSON.parse(await blobs.getText(ref)));
}

interface ReadFile {
  readonly source: ContextSource;
  readonly detected: DetectedType;
  readonly symbols: readonly ContextSymbol[];
}

interface Reading {
  readonly writer: BlockWriter;
  readonly isJoined: boolean;
}

async function readInput(input: ContextInput, { writer, isJoined }: Reading): Promise<ReadFile> {
  if (isJoined) await writer.write(Buffer.from(`=== FILE: ${oneLine(input.name)} ===\n`));
  const { line: firstLine, bytes: start } = writer;
  const sample: Buffer[] = [];
  let sampled = 0;
  let isFirst = true;
  for await (const raw of input.open()) {
    const bytes = isFirst ? withoutMark(Buffer.from(raw)) : Buffer.from(raw);
    isFirst = false;
    refuseBinary(bytes, input.name);
    if (sampled < LARGEST_SOURCE) {
      sample.push(bytes);
      sampled += bytes.length;
    }
    await writer.write(bytes);
  }
  await writer.endText();
  const text = Buffer.concat(sample).toString('utf8');
  const source = { name: input.name, start, bytes: writer.bytes - start, firstLine };
  if (isJoined) {
    if (writer.isInLine) await writer.write(Buffer.from('\n'));
    await writer.write(Buffer.from('=== END FILE ===\n'));
  }
  const isWhole = source.bytes <= LARGEST_SOURCE;
  return {
    source,
    detected: typeOfName(input.name) ?? typeOfLines(sampleLines(text)),
    symbols: isWhole ? await symbolsOf(input.name, text, firstLine) : [],
  };
}

function sampleLines(text: string): string[] {
  return text.slice(0, SAMPLE_BYTES).split('\n').slice(0, SAMPLE_LINES);
}

async function symbolsOf(name: string, text: string, firstLine: number): Promise<ContextSymbol[]> {
  const language = languageOf(name);
  if (language === undefined) return [];
  const found = await findFunctions(language, text);
  const lineAt = lineCounter(text, firstLine);
  return found.map(({ name: symbol, start, end }) => ({
    name: symbol.slice(0, 200),
    // a body is found; what it belongs to begins where its name stands
    line: lineAt(Math.max(0, text.lastIndexOf(symbol.split('.').at(-1) ?? symbol, start))),
    endLine: lineAt(end),
  }));
}

/** Line of a place in a text; places are asked for in any order. */
function lineCounter(text: string, firstLine: number): (at: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
  return (place) => firstLine + countBelow(ends, place);
}

/** The kind that most bytes are of. */
function detect(files: readonly ReadFile[]): DetectedType {
  const bytes = new Map<string, { detected: DetectedType; bytes: number }>();
  for (const { detected, source } of files) {
    const known = bytes.get(detected.type);
    bytes.set(detected.type, { detected, bytes: (known?.bytes ?? 0) + source.bytes });
  }
  const [best] = [...bytes.values()].toSorted((left, right) => right.bytes - left.bytes);
  return best?.detected ?? { type: 'mixed' };
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

/** A name is somebody else's text: it stays on its line. */
function oneLine(name: string): string {
  return name.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 500);
}

function refuseBinary(bytes: Buffer, name: string): void {
  if (!bytes.includes(0)) return;
  throw new InvalidInputError('ERR_RLM_INPUT', {
    message: 'the input holds zero bytes: it is no text',
    where: { file: name === '' ? '--content' : name },
    hint: 'give text files; turn other formats into text first',
  });
}

function nothingToRead(): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message: 'the input is empty',
    where: { field: '--file' },
    hint: 'name files with text, or give it with --content',
  });
}
