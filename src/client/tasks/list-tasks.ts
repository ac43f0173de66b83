import { z } from 'zod';
import { InvalidInputError, type TaskPart, type TaskView } from '../../domain/index.js';
import type { TaskPort } from '../ports.js';
import type { TaskReader } from './task-reader.js';
import type { TaskCaller, TaskFilter, TaskPage } from './task-service.js';

/** Requests that are read at once. */
const READ_AT_ONCE = 32;

const tokenSchema = z.tuple([z.string().max(40), z.string().max(40)]);

/** Tasks of the caller, newest state first; a page begins behind the last task of the one before, whatever came in between. */
export async function listTasks(
  { tasks, reader }: { readonly tasks: TaskPort; readonly reader: TaskReader },
  caller: TaskCaller,
  filter: TaskFilter,
): Promise<TaskPage> {
  const after = filter.pageToken === undefined ? undefined : readToken(filter.pageToken);
  const ids = await tasks.list();
  const keys: PageKey[] = [];
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    const part = ids.slice(at, at + READ_AT_ONCE);
    // only the keys are kept: a task may hold megabytes
    const read = await Promise.all(part.map((id) => ownKey({ reader, caller, id, filter })));
    keys.push(...read.filter((key) => key !== undefined));
  }
  const sorted = keys.toSorted((left, right) => compare(right, left));
  const rest = after === undefined ? sorted : sorted.filter((key) => compare(key, after) < 0);
  const page = rest.slice(0, filter.pageSize);
  const last = page.at(-1);
  const hasMore = rest.length > page.length && last !== undefined;
  const views: TaskView[] = [];
  for (const [, id] of page) {
    const request = await reader.findRequest(id);
    if (request !== undefined) views.push(withoutBytes(await reader.view(request)));
  }
  return { tasks: views, nextPageToken: hasMore ? writeToken(last) : '', totalSize: sorted.length };
}

/** Characters of one part that a list shows; `get` shows all of it. */
const LISTED = 16_384;

/** Files of messages are not part of a list: their names are. */
function withoutBytes(view: TaskView): TaskView {
  const history = view.history.map((message) => ({
    ...message,
    parts: message.parts.map((part) => shortPart(part)),
  }));
  return { ...view, history };
}

function shortPart(part: TaskPart): TaskPart {
  if (part.kind === 'text') return { ...part, text: part.text.slice(0, LISTED) };
  if (part.kind === 'file') return part.bytes.length <= LISTED ? part : { ...part, bytes: '' };
  if (part.kind === 'url') return part;
  return JSON.stringify(part.data).length <= LISTED ? part : { ...part, data: null };
}

async function ownKey({
  reader,
  caller,
  id,
  filter,
}: {
  readonly reader: TaskReader;
  readonly caller: TaskCaller;
  readonly id: string;
  readonly filter: TaskFilter;
}): Promise<PageKey | undefined> {
  const request = await reader.findRequest(id);
  if (request === undefined || request.owner !== caller.name) return undefined;
  if (filter.contextId !== undefined && request.contextId !== filter.contextId) return undefined;
  const { state, at } = await reader.standing(request);
  if (filter.state !== undefined && state !== filter.state) return undefined;
  const isNew = filter.since === undefined || Date.parse(at) >= Date.parse(filter.since);
  return isNew ? [at, id] : undefined;
}

type PageKey = readonly [at: string, taskId: string];

function compare(left: PageKey, right: PageKey): number {
  const [leftText, rightText] = [left.join(' '), right.join(' ')];
  return leftText < rightText ? -1 : Number(leftText > rightText);
}

function writeToken(key: PageKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function readToken(token: string): PageKey {
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new InvalidInputError('ERR_PAGE_TOKEN', {
      message: 'the page token is none of ours',
      where: { field: 'pageToken' },
      hint: 'take nextPageToken of the page before, or leave it out',
      cause,
    });
  }
}
