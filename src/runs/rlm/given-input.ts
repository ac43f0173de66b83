import { resolve } from 'node:path';
import { z } from 'zod';
import { InvalidInputError, type BlobRef } from '../../domain/index.js';
import { isNotFound, readBounded, type BlobStore } from '../../platform/index.js';
import { findInputFiles, type InputFiles } from './input-files.js';
import type { RlmFlags } from './rlm-flags.js';

/** Where an input is looked for. */
export interface InputPlace {
  readonly cwd: string;
  /** Text of standard input, for `--content -`. */
  readonly readStandardInput: () => AsyncIterable<Uint8Array>;
}

const LARGEST_CONTENT = 64 * 1024 * 1024;
const LARGEST_SCHEMA = 256 * 1024;

/** An input as it was given: files, or a text that is stored already. */
export interface GivenInput extends InputFiles {
  readonly content: BlobRef | null;
}

/** The input that flags name; none for a session that has one. Throws `ERR_USAGE` and `ERR_RLM_INPUT`. */
export async function givenInput(
  { file, content, shownOnly }: RlmFlags,
  { cwd, readStandardInput }: InputPlace,
  { blobs, isOpen }: { readonly blobs: BlobStore; readonly isOpen: boolean },
): Promise<GivenInput> {
  const words = file ?? [];
  const isGiven = content !== undefined || words.length > 0;
  if (isOpen && isGiven)
    throw usage(
      'the session has its input already',
      content === undefined ? '--file' : '--content',
      'ask without it, or take another --session for another input',
    );
  if (isOpen) return { files: [], notes: [], content: null };
  if (!isGiven) throw noInput('there is no input', '--file');
  if (content === undefined)
    return { ...(await findInputFiles(words, cwd, { shownOnly })), content: null };
  if (words.length > 0) throw usage('--content and --file exclude each other', '--content');
  const text = content === '-' ? await wholeInput(readStandardInput()) : Buffer.from(content);
  return { files: [], notes: [], content: await blobs.put(usable(text)) };
}

function usable(text: Buffer): Buffer {
  if (text.toString('utf8').trim() === '') throw noInput('the input is empty', '--content');
  if (text.includes(0)) throw noInput('the input holds zero bytes: it is no text', '--content');
  return text;
}

async function wholeInput(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > LARGEST_CONTENT)
      throw noInput(
        `standard input has more than ${LARGEST_CONTENT} bytes`,
        '--content',
        'save it to a file and name that: -f FILE',
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The stored JSON Schema of a file. Throws `ERR_RLM_SCHEMA` with what is wrong with it. */
export async function storedSchema(
  file: string | undefined,
  cwd: string,
  blobs: BlobStore,
): Promise<BlobRef | null> {
  if (file === undefined) return null;
  const bad = (message: string, cause?: unknown): InvalidInputError =>
    new InvalidInputError('ERR_RLM_SCHEMA', {
      message,
      where: { file },
      hint: 'give a JSON Schema, for example {"type": "object", "properties": {"count": {"type": "number"}}, "required": ["count"]}',
      cause,
    });
  let text: string;
  try {
    text = await readBounded(resolve(cwd, file), LARGEST_SCHEMA);
  } catch (error) {
    throw bad(isNotFound(error) ? 'there is no such file' : (error as Error).message, error);
  }
  try {
    const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    z.fromJSONSchema(schema as never);
    return await blobs.put(JSON.stringify(schema));
  } catch (error) {
    throw bad(`it is no JSON Schema: ${(error as Error).message.split('\n')[0] ?? ''}`, error);
  }
}

function noInput(message: string, field: string, hint?: string): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message,
    where: { field },
    hint:
      hint ??
      'codetether rlm "QUESTION" -f FILE, or --content TEXT, or --content - for standard input',
  });
}

function usage(message: string, field: string, hint = 'codetether rlm --help'): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', { message, where: { field }, hint });
}
