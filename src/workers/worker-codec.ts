import { setTimeout as delay } from 'node:timers/promises';
import type { CodecRoutes } from '../api/index.js';
import type { WorkerSettings } from '../config/index.js';
import { CodetetherError } from '../domain/index.js';
import type { Logger } from '../observability/index.js';
import { createPayloadCodec, type Envelope } from '../platform/index.js';
import { codecOptions, codecToken, type CodecOptions, type Launch } from '../host/index.js';
import { openEnvelope } from '../keys/index.js';

/** Longer than a local OpenBao takes to open. */
const WAIT_MS = 30_000;
const POLL_MS = 200;

/** What decides about the worker's encryption. */
export interface WorkerCodecRequest {
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly launch: Launch;
  readonly namespace: string;
  readonly logger: Logger;
}

/** Encryption in each of its places; nothing in any of them while it is off. */
export interface WorkerCodec {
  /** For stores, whose activities are tried again; null = plain. */
  readonly envelope: Envelope | null;
  /** For Temporal's clients and workers. */
  readonly options: CodecOptions;
  /** For the API. */
  readonly routes: CodecRoutes | undefined;
}

/** The worker's encryption. Throws `ERR_CODEC_VAULT` when it is on and no Vault is known. */
export async function openWorkerCodec(request: WorkerCodecRequest): Promise<WorkerCodec> {
  const { home, settings, namespace, logger } = request;
  const log = (message: string): void => logger.log('warn', message);
  const envelope = openEnvelope({ home, worker: settings }, { log });
  const patient = openEnvelope({ home, worker: settings }, { log, isPatient: true });
  const options = codecOptions(patient, namespace);
  if (envelope === null) return { envelope, options, routes: undefined };
  await untilKeyed(envelope, logger);
  return {
    envelope,
    options,
    routes: routesOf(envelope, request),
  };
}

/** A Vault that is only starting is waited for: histories that cannot be opened would look like ones of another version. */
async function untilKeyed(envelope: Envelope, logger: Logger): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      await envelope.seal(new Uint8Array(), 'start');
      return;
    } catch (error) {
      if (!(error instanceof CodetetherError)) throw error;
      if (error.isRetryable && Date.now() < deadline) {
        await delay(POLL_MS);
        continue;
      }
      // The first start prepares a local key only after this; when it stays so, whatever needs the key says the same.
      logger.log('warn', 'encryption has no key yet', { error });
      return;
    }
  }
}

function routesOf(envelope: Envelope, request: WorkerCodecRequest): CodecRoutes {
  const { apiPort } = request.launch.worker;
  return {
    codecOf: (namespace) => createPayloadCodec(envelope, namespace ?? request.namespace),
    token: codecToken(request.home),
    // Temporal's web interface is a page of our own API
    origins: [`http://127.0.0.1:${apiPort}`, `http://localhost:${apiPort}`],
  };
}
