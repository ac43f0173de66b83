import { ContentTypeNotSupportedError } from '@a2a-js/sdk/errors';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import { answer, type AnswerServices, type Binding, refuse } from './answer.js';
import { type Failure, failureOf, rpcError } from './failure.js';
import { JSON_TYPE, type ProtocolVersion, RPC_PATH, VERSION_HEADER } from './names.js';
import { requestedVersion } from './version.js';

type RpcId = string | number | null;

const idSchema = z.union([z.string().max(1024), z.int(), z.null()]);
const envelopeSchema = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: idSchema.optional(),
  method: z.string().min(1).max(200),
  params: z.record(z.string(), z.unknown()).nullish(),
});

/** Failures that HTTP itself tells; all others are answers of JSON-RPC, which come with 200. */
const OF_HTTP: readonly number[] = [401, 403, 413, 429, 500, 503];

/** `POST /a2a`: JSON-RPC of v1.0, and of v0.3 for whoever names no version. */
export function createRpcRouter(services: AnswerServices): Router {
  const router = Router();
  router.post(RPC_PATH, async (request: Request, response: Response) => {
    response.vary(VERSION_HEADER);
    let id: RpcId = null;
    let version: ProtocolVersion = '1.0';
    try {
      version = requestedVersion(request);
      requireJson(request);
      const body = await services.readBody(request, response);
      id = idOf(body);
      const { method, params } = envelopeOf(body);
      const binding = bindingOf(response, { id, version });
      await answer({ request, response, method, params, version }, { services, binding });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isFault) services.onFault(error);
      refuse(response, { failure, binding: bindingOf(response, { id, version }) });
    }
  });
  return router;
}

function bindingOf(
  response: Response,
  { id, version }: { readonly id: RpcId; readonly version: ProtocolVersion },
): Binding {
  const ok = (result: unknown) => ({ jsonrpc: '2.0', id, result });
  const failed = (failure: Failure) => ({
    jsonrpc: '2.0',
    id,
    error: rpcError(failure, version === '0.3'),
  });
  return {
    result: (result) => void response.type(JSON_TYPE).json(ok(result ?? null)),
    event: ok,
    failure: (failure) => {
      const status = OF_HTTP.includes(failure.status) ? failure.status : 200;
      response.status(status).type(JSON_TYPE).json(failed(failure));
    },
    lateFailure: failed,
  };
}

function requireJson(request: Request): void {
  const type = request.get('content-type');
  if (type === undefined || type.split(';', 1)[0]?.trim().toLowerCase() === JSON_TYPE) return;
  throw new ContentTypeNotSupportedError('expected application/json');
}

function idOf(body: unknown): RpcId {
  const id: unknown = typeof body === 'object' && body !== null && 'id' in body ? body.id : null;
  const parsed = idSchema.safeParse(id);
  return parsed.success ? parsed.data : null;
}

function envelopeOf(body: unknown): z.infer<typeof envelopeSchema> {
  const parsed = envelopeSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const isParams = parsed.error.issues.every(({ path }) => path[0] === 'params');
  throw new InvalidInputError(isParams ? 'ERR_A2A_REQUEST' : 'ERR_RPC_REQUEST', {
    message: isParams
      ? 'Invalid parameters: params is no object'
      : 'Request payload validation error: no JSON-RPC 2.0 request',
    hint: isParams
      ? undefined
      : 'send one object with jsonrpc "2.0", method and params; no batches',
  });
}
