import { InfrastructureError } from '../../domain/index.js';
import { isSealed, type Envelope } from './envelope.js';

/** Stored bytes and what is needed to open them. */
export interface StoredBytes {
  readonly bytes: Buffer;
  /** File they came from; for messages. */
  readonly path: string;
  /** What they were sealed for. */
  readonly context: string;
}

/** What a blob is sealed for. */
export function blobContext(digest: string): string {
  return `blob:${digest}`;
}

/** What a settled step is sealed for; `path` as `stepPath` gives it. */
export function journalContext(path: string): string {
  return `journal:${path}`;
}

/**
 * The plain bytes: as they are when they were stored before the codec was on, opened else. Throws
 * {@link InfrastructureError} `ERR_CODEC_OFF` without an envelope, and what the envelope throws.
 */
export async function openStored(stored: StoredBytes, envelope: Envelope | null): Promise<Buffer> {
  if (!isSealed(stored.bytes)) return stored.bytes;
  if (envelope !== null) return envelope.open(stored.bytes, stored.context);
  throw new InfrastructureError('ERR_CODEC_OFF', {
    message: 'a stored file is encrypted, and [codec] is not set up here',
    where: { file: stored.path },
    hint: 'set [codec] enabled, transit_mount and key as they were when the run began',
    isRetryable: false,
  });
}
