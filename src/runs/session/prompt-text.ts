import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import { redactText } from '../../observability/index.js';

/** Bytes of what a person says, of one attached file, and of everything together. */
const LARGEST_WORDS = 64 * 1024;
const LARGEST_FILE = 128 * 1024;
const LARGEST_PROMPT = 256 * 1024;
const MOST_FILES = 50;

/**
 * A prompt as text: the words, and behind them each attached file under its name. Without the keys that are known. Throws InvalidInputError
 * `ERR_USAGE` for no words, `ERR_SESSION_INPUT` for a file that is absent, too large or no text.
 */
export async function promptText(
  words: string | undefined,
  files: readonly string[],
  cwd: string,
): Promise<string> {
  const said = words?.trim() ?? '';
  if (said === '')
    throw new InvalidInputError('ERR_USAGE', {
      message: 'there is no message',
      where: { field: 'MESSAGE' },
      hint: 'codetether run "What does exit code 137 mean?"',
    });
  if (Buffer.byteLength(said) > LARGEST_WORDS)
    throw refused('MESSAGE', `the message has more than ${LARGEST_WORDS} bytes`);
  if (files.length > MOST_FILES)
    throw refused('--file', `${files.length} files are attached, and a prompt takes ${MOST_FILES}`);
  const parts = [said];
  for (const name of files) parts.push(attached(name, await readText(name, cwd)));
  const text = parts.join('\n\n');
  if (Buffer.byteLength(text) > LARGEST_PROMPT)
    throw refused('--file', `the attached files have more than ${LARGEST_PROMPT} bytes together`);
  return redactText(text);
}

function attached(name: string, text: string): string {
  return `<file name=${JSON.stringify(name)}>\n${text}${text.endsWith('\n') ? '' : '\n'}</file>`;
}

async function readText(name: string, cwd: string): Promise<string> {
  const bytes = await readAtMost(resolve(cwd, name), name);
  if (bytes.length > LARGEST_FILE)
    throw refused(name, `it has more than ${LARGEST_FILE} bytes; ask about it with codetether rlm`);
  if (bytes.includes(0)) throw refused(name, 'it is no text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(name, 'it is no text in UTF-8');
  }
}

async function readAtMost(path: string, name: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      if (!(await file.stat()).isFile()) throw refused(name, 'it is no file');
      const bytes = Buffer.alloc(LARGEST_FILE + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw refused(name, `it cannot be read: ${(error as Error).message}`);
  }
}

function refused(file: string, why: string): InvalidInputError {
  return new InvalidInputError('ERR_SESSION_INPUT', {
    message: `${file}: ${why}`,
    where: { file },
    hint: 'attach text files with -f; nothing was sent',
  });
}
