import { randomUUID } from 'node:crypto';
import { basename, extname } from 'node:path';
import { InvalidInputError, type TaskPart } from '../../domain/index.js';
import { readBoundedBytes } from '../../platform/light/index.js';
import type { AgentMessage } from '../../upkeep/index.js';

/** What a message is made of. */
export interface MessageOptions {
  readonly file?: readonly string[];
  readonly skill?: string;
  readonly workspace?: string;
  readonly gitUrl?: string;
  readonly gitRef?: string;
  readonly model?: string;
  readonly context?: string;
  readonly task?: string;
}

/** All files together: bodies have 10 MiB, and bytes travel as base64. */
const MOST_BYTES = 7 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.diff': 'text/x-diff',
  '.patch': 'text/x-diff',
  '.csv': 'text/csv',
  '.png': 'image/png',
  '.pdf': 'application/pdf',
};

/** The message of a command line. Throws `ERR_A2A_MESSAGE` for one that says nothing, or too much. */
export async function messageOf(
  text: string | undefined,
  options: MessageOptions,
): Promise<AgentMessage> {
  const { file: files = [], task: taskId, context: contextId } = options;
  const said: TaskPart[] = (text ?? '').trim() === '' ? [] : [{ kind: 'text', text: text ?? '' }];
  const attached = await readParts(files);
  if (said.length + attached.length === 0)
    throw wrong('there is nothing to send', 'give a text, or files with -f FILE');
  const metadata = metadataOf(options);
  return {
    messageId: randomUUID(),
    parts: [...said, ...attached],
    taskId,
    contextId,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

function metadataOf({ skill, workspace, gitUrl, gitRef, model }: MessageOptions) {
  if (workspace !== undefined && gitUrl !== undefined)
    throw wrong('a task has one place', 'give either --workspace or --git-url');
  if (gitRef !== undefined && gitUrl === undefined)
    throw wrong('--git-ref is a branch or commit of --git-url', 'give --git-url too');
  const given = { skill, workspace, git_url: gitUrl, ref: gitRef, model };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function readParts(files: readonly string[]): Promise<TaskPart[]> {
  const parts: TaskPart[] = [];
  let left = MOST_BYTES;
  for (const path of files) {
    const bytes = await readBoundedBytes(path, MOST_BYTES);
    left -= bytes.length;
    if (left < 0)
      throw wrong(
        `the files have more than ${MOST_BYTES} bytes together`,
        'send fewer or smaller ones',
      );
    parts.push(partOf(path, bytes));
  }
  return parts;
}

function partOf(path: string, bytes: Buffer): TaskPart {
  const name = basename(path).slice(0, 255);
  const mediaType = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  if (mediaType !== 'application/json')
    return { kind: 'file', bytes: bytes.toString('base64'), name, mediaType };
  try {
    return { kind: 'data', data: JSON.parse(bytes.toString('utf8')) as unknown, name, mediaType };
  } catch {
    throw new InvalidInputError('ERR_A2A_MESSAGE', {
      message: `${path} is no JSON`,
      where: { file: path },
      hint: 'correct it, or send it under another ending',
    });
  }
}

function wrong(message: string, hint: string): InvalidInputError {
  return new InvalidInputError('ERR_A2A_MESSAGE', { message, where: { field: 'message' }, hint });
}
