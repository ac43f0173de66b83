import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';
import type { Message, Part } from '@a2a-js/sdk';
import type { TaskMessage, TaskPart } from '../../domain/index.js';
import { INPUT_MODES } from './card.js';

/** A message of a client in our words. Throws ContentTypeNotSupported for a media type that no skill takes. */
export function taskMessage(message: Message): TaskMessage {
  return {
    messageId: message.messageId,
    role: 'user',
    parts: message.parts.map(taskPart),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  };
}

function taskPart(part: Part): TaskPart {
  const { content, filename, mediaType } = part;
  if (mediaType !== '' && !isTaken(mediaType)) {
    throw new ContentTypeNotSupportedError(
      `parts of type ${mediaType} are not taken; the card lists those that are`,
    );
  }
  const named = {
    ...(filename === '' ? {} : { name: fileName(filename) }),
    ...(mediaType === '' ? {} : { mediaType }),
  };
  switch (content?.$case) {
    case 'text':
      return { kind: 'text', text: content.value, ...named };
    case 'data':
      return { kind: 'data', data: content.value, ...named };
    case 'raw':
      return { kind: 'file', bytes: Buffer.from(content.value).toString('base64'), ...named };
    case 'url':
      return { kind: 'url', url: content.value, ...named };
    default:
      throw new RequestMalformedError('a part without content');
  }
}

function isTaken(mediaType: string): boolean {
  const type = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^text\/[\w.+-]{1,100}$/.test(type) || INPUT_MODES.includes(type);
}

/** The last part of whatever path it is: folders of the client mean nothing here. */
function fileName(name: string): string {
  return name.split(/[/\\]/).at(-1)?.slice(0, 255) ?? '';
}
