import type { Attachment, Message } from '../../domain/index.js';
import type { ModelRequest } from '../provider.js';

/** What a model reads of one picture at most, as characters of text: wires count up to 1,600 tokens. */
export const PICTURE_CHARACTERS = 4800;

type Shown = Extract<Message, { role: 'user' | 'tool' }>;

/** A picture with its bytes in base64. */
export interface ShownPicture {
  readonly mediaType: Attachment['mediaType'];
  readonly data: string;
}

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
): ShownPicture[] {
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

function attachmentsOf(message: Message): readonly Attachment[] {
  return message.role === 'user' || message.role === 'tool' ? (message.attachments ?? []) : [];
}

function mapPictures(
  request: ModelRequest,
  keep: (all: readonly Attachment[]) => readonly Attachment[],
  reason: string,
): ModelRequest {
  if (!hasPictures(request)) return request;
  const messages = request.messages.map((message) => {
    const all = attachmentsOf(message);
    const kept = keep(all);
    if (kept.length === all.length || (message.role !== 'user' && message.role !== 'tool'))
      return message;
    return withKept(
      message,
      kept,
      `(${all.length - kept.length} of its pictures not shown: ${reason})`,
    );
  });
  return { ...request, messages };
}

function withKept(message: Shown, kept: readonly Attachment[], note: string): Message {
  const { attachments: _all, ...rest } = message;
  const content = `${message.content}\n${note}`;
  return kept.length === 0 ? { ...rest, content } : { ...rest, content, attachments: [...kept] };
}
