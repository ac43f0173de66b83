import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  InvalidInputError,
  scriptNameSchema,
  type TaskMessage,
  type TaskPart,
} from '../../domain/index.js';
import { writeDurableFile } from '../../platform/index.js';

/** Characters of text files that go into the words for an agent. */
const INLINE_LIMIT = 64 * 1024;

/** The words of a message, without its files. Pure. */
export function wordsOf({ parts }: Pick<TaskMessage, 'parts'>): string {
  return parts
    .flatMap((part) => (part.kind === 'text' ? [part.text] : []))
    .join('\n\n')
    .trim();
}

/** The words of a message with its small text files, for an agent that can read no others. Throws `ERR_TASK_INPUT`. */
export function wordsWithFiles(message: TaskMessage): string {
  const attached = message.parts.flatMap((part, index) => {
    if (part.kind === 'text') return [];
    const text = textOf(part, index);
    return [`Attached: ${nameOf(part, index)}\n\n${text}`];
  });
  const whole = [wordsOf(message), ...attached].filter((text) => text !== '').join('\n\n');
  if (attached.length > 0 && whole.length > INLINE_LIMIT)
    throw badInput(`its files have more than ${INLINE_LIMIT} characters together`);
  if (whole === '') throw badInput('it says nothing');
  return whole;
}

/** Writes the files of a message below `folder` and gives their names. Throws `ERR_TASK_INPUT` for one that is not text. */
export async function writeInputs(message: TaskMessage, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const [index, part] of message.parts.entries()) {
    if (part.kind === 'text') continue;
    const own = nameOf(part, index);
    const name = names.includes(own) ? `${index}-${own}` : own;
    await writeDurableFile(join(folder, name), textOf(part, index), { mode: 0o600 });
    names.push(name);
  }
  return names;
}

/** The part that holds a PRD: the first that is no words. Throws `ERR_TASK_INPUT` when there is none. */
export function prdPart(message: TaskMessage): { readonly name: string; readonly text: string } {
  const index = message.parts.findIndex(({ kind }) => kind === 'data' || kind === 'file');
  const part = message.parts[index];
  if (part === undefined) throw badInput('it brings no PRD: send one as a data or a file part');
  const name = part.kind === 'data' ? 'prd.json' : nameOf(part, index);
  return { name, text: textOf(part, index) };
}

/** The name of a script, which is all that a message says, and its arguments as JSON. Throws `ERR_TASK_INPUT`. */
export function scriptPart(message: TaskMessage): {
  readonly name: string;
  readonly args: string | undefined;
} {
  const name = wordsOf(message);
  if (!scriptNameSchema.safeParse(name).success)
    throw badInput('its text is not the name of a script and nothing else');
  const given = message.parts.filter(({ kind }) => kind !== 'text');
  const [data] = given;
  if (given.length > 1 || (data !== undefined && data.kind !== 'data'))
    throw badInput('a script takes one data part: its arguments');
  return { name, args: data === undefined ? undefined : JSON.stringify(data.data) };
}

/** A name without folders and without surprises. */
function nameOf(part: TaskPart, index: number): string {
  const plain = basename(part.name ?? '')
    .replaceAll(/[^\w.-]/g, '_')
    .replace(/^[.-]+/, '');
  if (plain !== '') return plain.slice(0, 120);
  return part.kind === 'data' ? `data-${index}.json` : `file-${index}.txt`;
}

function textOf(part: TaskPart, index: number): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'data') return `${JSON.stringify(part.data, null, 2)}\n`;
  if (part.kind === 'url') throw badInput('a file is only an address; send its bytes');
  const bytes = Buffer.from(part.bytes, 'base64');
  if (bytes.includes(0)) throw badInput(`its file ${nameOf(part, index)} is no text`);
  return bytes.toString('utf8');
}

function badInput(what: string): InvalidInputError {
  return new InvalidInputError('ERR_TASK_INPUT', {
    message: `the message cannot be worked on: ${what}`,
    where: { field: 'parts' },
    hint: 'say what is to be done as text, and attach text files only',
  });
}
