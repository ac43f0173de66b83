import { z } from 'zod';
import { blobRefSchema } from '../blob.js';

/** Kinds of pictures that the wires to models carry. */
const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** Pictures that one message carries at most. */
export const MOST_ATTACHMENTS = 8;

/** A picture as who made it hands it over. */
export const pictureSchema = z.object({
  mediaType: z.enum(MEDIA_TYPES),
  /** Its bytes in base64. */
  data: z.string(),
});

/** See {@link pictureSchema}. */
export type Picture = z.infer<typeof pictureSchema>;

/** A picture that a message shows to a model; its bytes lie behind `ref`, in base64. */
export const attachmentSchema = z.object({
  mediaType: z.enum(MEDIA_TYPES),
  ref: blobRefSchema,
});

/** See {@link attachmentSchema}. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** The pictures of one message. */
export const attachmentsSchema = z.array(attachmentSchema).max(MOST_ATTACHMENTS);

/** The kind of picture that somebody names, or undefined for one that no wire carries. Pure. */
export function pictureType(named: string): Picture['mediaType'] | undefined {
  return MEDIA_TYPES.find((type) => type === named.toLowerCase());
}
