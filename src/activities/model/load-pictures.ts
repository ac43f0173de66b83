import type { Message } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { attachmentsOf, keepPictures } from '../../providers/index.js';

/** Pictures that one request shows: the newest of them. */
const MOST_PICTURES = 20;
/** Characters of base64 of all together; servers refuse larger requests. */
const MOST_CHARACTERS = 20_000_000;

/** The pictures of the newest messages by digest, as base64, as many as a request may hold. */
export async function loadPictures(
  messages: readonly Message[],
  blobs: Pick<BlobStore, 'getText'>,
): Promise<ReadonlyMap<string, string>> {
  const newest = messages.toReversed().flatMap((message) => attachmentsOf(message).toReversed());
  const loaded = new Map<string, string>();
  let left = MOST_CHARACTERS;
  for (const { ref } of newest) {
    if (loaded.has(ref.digest)) continue;
    left -= ref.bytes;
    if (loaded.size >= MOST_PICTURES || left < 0) break;
    loaded.set(ref.digest, await blobs.getText(ref));
  }
  return loaded;
}

/** The messages in words alone: they have to fit a window that was just found to be smaller. Pure. */
export function withoutNewPictures(messages: readonly Message[]): Message[] {
  return keepPictures(
    messages,
    () => [],
    () => '(its pictures are too large for the window)',
  );
}
