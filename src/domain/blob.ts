import { z } from 'zod';

/** A reference to immutable bytes in the blob store: SHA-256 of the content, and its size in bytes. */
export const blobRefSchema = z.object({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().nonnegative(),
});

/** See {@link blobRefSchema}. */
export type BlobRef = z.infer<typeof blobRefSchema>;
