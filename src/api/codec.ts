import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { CodetetherError, InvalidInputError } from '../domain/index.js';

/** What {@link createCodecRouter} needs. */
export interface CodecRoutes {
  /** The codec of a namespace; of the service's own when the request names none. */
  readonly codecOf: (namespace: string | undefined) => PayloadCodec;
  /** Whoever has it may read everything. */
  readonly token: string;
  /** Pages that may ask from a browser, such as `http://127.0.0.1:8233`. */
  readonly origins: readonly string[];
}

/** A page of a long history; Temporal itself takes 2 MiB a payload. */
const BODY_LIMIT = '16mb';
const TOO_LARGE = 413;
const HEADERS = 'authorization, content-type, x-namespace';

const base64 = z.base64();
const bodySchema = z.object({
  payloads: z.array(
    z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() }),
  ),
});
const actionSchema = z.enum(['encode', 'decode']);

/**
 * Temporal's remote codec: `POST …/encode` and `…/decode` with `{payloads}` in JSON. The token comes as `Authorization:
 * Bearer`, or in the path (`/TOKEN/decode`) for the web interface, which can send no header of its own. Answers 401 without it,
 * 400 to another shape, 413 above 16 MB, 422 to bytes that cannot be opened, 503 while Vault is silent.
 */
export function createCodecRouter(routes: CodecRoutes): Router {
  const router = Router();
  router.use(allowOrigins(routes.origins));
  const answer = async (request: Request, response: Response): Promise<void> => {
    try {
      const action = actionSchema.parse(request.params['action']);
      const { payloads } = await readBody(request, response);
      const codec = routes.codecOf(request.get('x-namespace'));
      const changed = await codec[action](payloads.map(payloadOf));
      response.json({ payloads: changed.map(wireOf) });
    } catch (error) {
      refuse(response, error);
    }
  };
  for (const path of ['/:action', '/:token/:action']) {
    router.post(path, onlyKnownActions, requireToken(routes.token), answer);
  }
  return router;
}

/** CORS for the named pages only; anything else gets no headers, so that its browser refuses the answer. */
function allowOrigins(origins: readonly string[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const origin = request.get('origin');
    response.vary('Origin');
    if (origin !== undefined && origins.includes(origin)) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Allow-Methods', 'POST, OPTIONS');
      response.set('Access-Control-Allow-Headers', HEADERS);
      response.set('Access-Control-Allow-Credentials', 'true');
    }
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}

function onlyKnownActions(request: Request, _response: Response, next: NextFunction): void {
  next(actionSchema.safeParse(request.params['action']).success ? undefined : 'router');
}

function requireToken(token: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const header = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    const given = header ?? request.params['token'];
    if (typeof given === 'string' && isSame(given, token)) return next();
    refuse(
      response,
      new InvalidInputError('ERR_CODEC_TOKEN', {
        message: 'the token is missing or wrong',
        hint: 'codetether open prints where it is kept',
      }),
    );
  };
}

/** Digests, because the comparison wants equal lengths and must not tell them. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

const parseJson = express.json({ limit: BODY_LIMIT, type: () => true });

/** The body by its schema, whatever type it claims to have. */
async function readBody(request: Request, response: Response): Promise<z.infer<typeof bodySchema>> {
  const body = await new Promise<unknown>((resolve, reject) => {
    parseJson(request, response, (error?: unknown) => {
      if (error === undefined) resolve(request.body);
      else reject(isTooLarge(error) ? tooLarge() : malformed('the body is not JSON'));
    });
  });
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw malformed('expected {"payloads": [{"metadata": {…}, "data": "…"}]} with base64 values');
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'status' in error && error.status === TOO_LARGE
  );
}

function malformed(message: string): InvalidInputError {
  return new InvalidInputError('ERR_CODEC_REQUEST', {
    message,
    hint: "send what Temporal's web interface and command line send to a codec server",
  });
}

function tooLarge(): InvalidInputError {
  return new InvalidInputError('ERR_CODEC_TOO_LARGE', {
    message: `the body is larger than ${BODY_LIMIT}`,
    hint: 'send fewer payloads at once',
  });
}

function refuse(response: Response, error: unknown): void {
  if (!(error instanceof CodetetherError)) {
    response
      .status(500)
      .json({ error: { code: 'ERR_UNEXPECTED', message: 'the codec failed', hint: null } });
    return;
  }
  const { code, message, hint } = error;
  response.status(statusOf(error)).json({ error: { code, message, hint: hint ?? null } });
}

function statusOf(error: CodetetherError): number {
  if (error.code === 'ERR_CODEC_REQUEST') return 400;
  if (error.code === 'ERR_CODEC_TOKEN') return 401;
  if (error.code === 'ERR_CODEC_TOO_LARGE') return TOO_LARGE;
  return error.isRetryable ? 503 : 422;
}

type WirePayload = z.infer<typeof bodySchema>['payloads'][number];

function payloadOf({ metadata = {}, data = '' }: WirePayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}

function wireOf({ metadata, data }: Payload): WirePayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [
        name,
        Buffer.from(value).toString('base64'),
      ]),
    ),
    data: Buffer.from(data ?? new Uint8Array()).toString('base64'),
  };
}
