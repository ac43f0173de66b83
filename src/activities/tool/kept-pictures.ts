import {
  MOST_ATTACHMENTS,
  type Attachment,
  type Picture,
  type ToolResult,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** Stores the pictures of an output, so that a result can name them. */
export async function storePictures(
  blobs: BlobStore,
  pictures: readonly Picture[] = [],
): Promise<Partial<Pick<ToolResult, 'attachments'>>> {
  if (pictures.length === 0) return {};
  const attachments = await Promise.all(
    pictures
      .slice(0, MOST_ATTACHMENTS)
      .map(async ({ mediaType, data }) => ({ mediaType, ref: await blobs.put(data) })),
  );
  return { attachments };
}

/** The pictures that a result names, as they were handed over. */
export function readPictures(
  blobs: BlobStore,
  attachments: readonly Attachment[] = [],
): Promise<Picture[]> {
  return Promise.all(
    attachments.map(async ({ mediaType, ref }) => ({ mediaType, data: await blobs.getText(ref) })),
  );
}
