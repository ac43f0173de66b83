import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { keyName, type PressedKey, type Typed } from '../state/keys.js';

/** What is read from a keyboard: a terminal's stream, or one that stands for it. */
export type KeyStream = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'setRawMode'>>;

/** Reads keys until it is released. A paste comes as one text, whatever is in it. Node's own reader takes the sequences apart. */
export function readKeys(stream: KeyStream, take: (typed: Typed) => void): () => void {
  let pasted: string | undefined;
  const onKey = (text: string | undefined, key: PressedKey): void => {
    if (key.name === 'paste-start') pasted = '';
    else if (key.name === 'paste-end') {
      if (pasted !== undefined && pasted !== '')
        take({ kind: 'text', text: pasted, isPaste: true });
      pasted = undefined;
    } else if (pasted !== undefined) pasted += text ?? key.sequence ?? '';
    else {
      const name = keyName(text, key);
      if (name !== undefined) take({ kind: 'key', name });
      else if (text !== undefined && text !== '') take({ kind: 'text', text, isPaste: false });
    }
  };
  emitKeypressEvents(stream);
  stream.setRawMode?.(true);
  stream.on('keypress', onKey);
  stream.resume();
  return () => {
    stream.removeListener('keypress', onKey);
    stream.setRawMode?.(false);
    stream.pause();
  };
}
