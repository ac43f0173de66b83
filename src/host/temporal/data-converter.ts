import { fileURLToPath } from 'node:url';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { InfrastructureError } from '../../domain/index.js';
import { createPayloadCodec, isSealedPayload, type Envelope } from '../../platform/index.js';

/** The part of a client's or a worker's options that the codec decides. */
export interface CodecOptions {
  readonly dataConverter: DataConverter;
}

/**
 * Sealed payloads in one namespace; messages and stacks of failures travel as payloads too. Without an envelope everything is
 * plain, and what is sealed is refused with `ERR_CODEC_OFF` instead of being misread.
 */
export function codecOptions(envelope: Envelope | null, namespace: string): CodecOptions {
  if (envelope === null) return { dataConverter: { payloadCodecs: [ONLY_PLAIN] } };
  return {
    dataConverter: {
      payloadCodecs: [createPayloadCodec(envelope, namespace)],
      failureConverterPath: fileURLToPath(new URL('./failure-converter.js', import.meta.url)),
    },
  };
}

const ONLY_PLAIN: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (payloads) =>
    payloads.some(isSealedPayload) ? Promise.reject(codecOff()) : Promise.resolve(payloads),
};

function codecOff(): InfrastructureError {
  return new InfrastructureError('ERR_CODEC_OFF', {
    message: 'a history is encrypted, and [codec] is not set up here',
    hint: 'set [codec] enabled, transit_mount and key as they were when the run began',
    isRetryable: false,
  });
}
