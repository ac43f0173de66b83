import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { InvariantError } from '../../domain/index.js';
import type { Envelope } from './envelope.js';

/** Value of the metadata field `encoding` of sealed payloads, as Temporal's own samples write it. */
export const SEALED_ENCODING = 'binary/encrypted';

/** Metadata in front of the data, as JSON with base64 values. */
const headerSchema = z.record(z.string(), z.string());

/**
 * Seals whole payloads of one namespace: data and metadata. Payloads that are not sealed pass through when they are decoded,
 * so that histories from before the codec was on stay readable.
 */
export function createPayloadCodec(envelope: Envelope, namespace: string): PayloadCodec {
  const context = `payload:${namespace}`;
  return {
    encode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => ({
          metadata: { encoding: Buffer.from(SEALED_ENCODING) },
          data: await envelope.seal(serialize(payload), context),
        })),
      ),
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) =>
          isSealedPayload(payload)
            ? deserialize(await envelope.open(payload.data ?? new Uint8Array(), context))
            : payload,
        ),
      ),
  };
}

/** True for a payload that this codec made. */
export function isSealedPayload(payload: Payload): boolean {
  const encoding = payload.metadata?.['encoding'];
  return (
    encoding !== undefined &&
    encoding !== null &&
    Buffer.from(encoding).toString('utf8') === SEALED_ENCODING
  );
}

/** Length of the header in four bytes, the header, the data: no copy of the data grows by base64. */
function serialize(payload: Payload): Buffer {
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(payload.metadata ?? {}).map(([name, value]) => [
          name,
          Buffer.from(value).toString('base64'),
        ]),
      ),
    ),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, payload.data ?? new Uint8Array()]);
}

function deserialize(bytes: Buffer): Payload {
  try {
    const end = 4 + bytes.readUInt32BE(0);
    const header = headerSchema.parse(JSON.parse(bytes.subarray(4, end).toString('utf8')));
    return {
      metadata: Object.fromEntries(
        Object.entries(header).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
      ),
      data: bytes.subarray(end),
    };
  } catch (error) {
    throw new InvariantError('ERR_CODEC_TAMPERED', {
      message: 'an opened payload does not have the shape of one',
      hint: 'this is a defect, or another program wrote it: keep the history and report it',
      cause: error,
    });
  }
}
