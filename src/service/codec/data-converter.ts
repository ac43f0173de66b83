import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec, type Envelope } from '../../platform/index.js';

/** The part of a client's or a worker's options that the codec decides; empty when it is off. */
export interface CodecOptions {
  readonly dataConverter?: DataConverter;
}

/** Sealed payloads in one namespace. Messages and stacks of failures travel as payloads too. */
export function codecOptions(envelope: Envelope | null, namespace: string): CodecOptions {
  if (envelope === null) return {};
  return {
    dataConverter: {
      payloadCodecs: [createPayloadCodec(envelope, namespace)],
      failureConverterPath: fileURLToPath(new URL('./failure-converter.js', import.meta.url)),
    },
  };
}
