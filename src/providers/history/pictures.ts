import type { Attachment, Message, Picture } from '../../domain/index.js';
import type { ModelRequest } from '../provider.js';

/** What a model reads of one picture at most, as characters of text: wires count up to 1,600 tokens. */
export const PICTURE_CHARACTERS = 4800;

/** True when the request shows a picture. */
export function hasPictures({ messages }: ModelRequest): boolean {
  return messages.some((message) => attachmentsOf(message).length > 0);
}

/** The request with words in place of all pictures, for models that take none. Pure. */
export function withoutPictures(request: ModelRequest): ModelRequest {
  return mapPictures(request, () => [], 'this model takes none');
}

/** The request with words in place of pictures that nobody loaded: old ones, when there are many. Pure. */
export function withLoadedPictures(request: ModelRequest): ModelRequest {
  const { pictures } = request;
  const isLoaded = ({ ref }: Attachment): boolean => pictures?.has(ref.digest) === true;
  return mapPictures(request, (all) => all.filter(isLoaded), 'it is too old');
}

/** The pictures of a message with their bytes. */
export function picturesOf(
  message: Message,
  { pictures }: Pick<ModelRequest, 'pictures'>,
): Picture[] {
  return attachmentsOf(message).flatMap(({ mediaType, ref }) => {
    const data = pictures?.get(ref.digest);
    return data === undefined ? [] : [{ mediaType, data }];
  });
}

/** Pictures of results as a message of the user behind them, for wires whose results are text. Pure. */
export function picturesBehindResults(messages: readonly Message[]): Message[] {
  const moved: Message[] = [];
  let waiting: Attachment[] = [];
  const settle = (): void => {
    if (waiting.length > 0)
      moved.push({ role: 'user', content: 'Pictures of these results:', attachments: waiting });
    waiting = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') settle();
    if (message.role !== 'tool' || message.attachments === undefined) {
      moved.push(message);
      continue;
    }
    const { attachments, ...rest } = message;
    waiting.push(...attachments);
    moved.push(rest);
  }
  settle();
  return moved;
}

/** The pictures that a message shows. */
export function attachmentsOf(message: Message): readonly Attachment[] {
  return message.role === 'user' || message.role === 'tool' ? (message.attachments ?? []) : [];
}

function mapPictures(request: ModelRequest, keep: KeptPictures, reason: string): ModelRequest {
  if (!hasPictures(request)) return request;
  const note = (count: number): string => `(${count} of its pictures not shown: ${reason})`;
  return { ...request, messages: keepPictures(request.messages, keep, note) };
}

type KeptPictures = (all: readonly Attachment[]) => readonly Attachment[];

/** The messages with the pictures that are kept, and words for so many that are not. Pure. */
export function keepPictures(
  messages: readonly Message[],
  keep: KeptPictures,
  note: (count: number) => string,
): Message[] {
  return messages.map((message) => {
    const all = attachmentsOf(message);
    const kept = keep(all);
    const left = all.length - kept.length;
    if (left === 0 || (message.role !== 'user' && message.role !== 'tool')) return message;
    const { attachments: _all, ...rest } = message;
    const content = `${message.content}\n${note(left)}`;
    return kept.length === 0 ? { ...rest, content } : { ...rest, content, attachments: [...kept] };
  });
}
