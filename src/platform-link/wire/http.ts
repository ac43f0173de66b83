import { CodetetherError, InfrastructureError, InvalidInputError } from '../../domain/index.js';
import type { HttpFetch, PlatformIdentity } from '../link-options.js';

/** What the platform answered. */
export interface Reply {
  readonly status: number;
  /** The JSON of the body; undefined when it is none. */
  readonly body: unknown;
}

/** One request. */
export interface PlatformRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the server's address on, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** Requests to one platform, with its token. */
export interface PlatformHttp {
  /**
   * Throws `ERR_PLATFORM_UNREACHABLE` (worth another try) when there is no answer, for 5xx, 429 and redirects, and `ERR_PLATFORM_TOKEN` for
   * 401 and 403. Everything else is for the caller to understand.
   */
  request(request: PlatformRequest): Promise<Reply>;
  /** Opens a stream; throws as {@link request} does, also for statuses other than 200. */
  open(request: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }): Promise<ReadableStream<Uint8Array>>;
}

/** Bytes of one answer: lists hold whole prompts, and a thousand outputs of 4,000 characters have to fit. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const REASON_CHARACTERS = 200;

/** See {@link PlatformHttp}. */
export function createPlatformHttp(
  { server, token, workerId }: PlatformIdentity,
  send: HttpFetch,
  timeoutMs: number = REQUEST_TIMEOUT_MS,
): PlatformHttp {
  const common = {
    'user-agent': 'codetether',
    'x-worker-id': workerId,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const exchange = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      // A redirect could lead anywhere: bodies of tasks are for this server alone.
      return await send(`${server}${path}`, { ...init, redirect: 'manual' });
    } catch (error) {
      throw unreachable(path, reasonOf(error));
    }
  };
  return {
    async request({ method, path, body, signal }) {
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await exchange(path, {
        method,
        headers: { ...common, accept: 'application/json', 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
        signal: AbortSignal.any([signal, limit]),
      });
      await refuse(response, path);
      return { status: response.status, body: await readBody(response, path) };
    },
    async open({ path, headers, signal }) {
      const response = await exchange(path, {
        method: 'GET',
        headers: {
          ...common,
          accept: 'text/event-stream',
          'accept-encoding': 'identity',
          ...headers,
        },
        signal,
      });
      await refuse(response, path);
      if (response.status === 200 && response.body !== null) return response.body;
      const body = await readBody(response, path);
      throw unreachable(path, `it answered with status ${response.status}${detailOf(body)}`);
    },
  };
}

/** Statuses that mean the same for every request. */
async function refuse(response: Response, path: string): Promise<void> {
  const { status } = response;
  if (status < 300 || (status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status)))
    return;
  await response.body?.cancel().catch(() => undefined);
  if (status === 401 || status === 403) {
    throw new InvalidInputError('ERR_PLATFORM_TOKEN', {
      message: `the platform does not accept the token (status ${status} for ${path.split('?')[0]})`,
      hint: 'give one of its tokens by --token or CODETETHER_TOKEN',
    });
  }
  throw unreachable(
    path,
    status < 400 ? `it redirects (status ${status})` : `it answered with status ${status}`,
  );
}

async function readBody(response: Response, path: string): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const stream: AsyncIterable<Uint8Array> | null = response.body;
    for await (const part of stream ?? []) {
      size += part.length;
      if (size > MAX_BODY_BYTES)
        throw unreachable(path, `its answer is larger than ${MAX_BODY_BYTES} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof CodetetherError ? error : unreachable(path, reasonOf(error));
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What a FastAPI server says in a refusal; empty when it says nothing. */
export function detailOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('detail' in body)) return '';
  const detail = typeof body.detail === 'string' ? body.detail : JSON.stringify(body.detail);
  return detail === undefined ? '' : `: ${detail.slice(0, REASON_CHARACTERS)}`;
}

function unreachable(path: string, reason: string): InfrastructureError {
  return new InfrastructureError('ERR_PLATFORM_UNREACHABLE', {
    message: `the platform did not do ${path.split('?')[0]}: ${reason}`,
    hint: 'it is tried again; check the address and the network if that goes on',
  });
}

/** Libraries say "fetch failed" and put what happened into causes. */
function reasonOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  const text = last instanceof Error ? last.message : String(last);
  return text.slice(0, REASON_CHARACTERS);
}
