import { readableEvents, type StreamPlaces } from './event-stream.js';
import { AgentRefusedError, AnswerError } from './failure.js';

/** The part of `fetch` that is needed. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** What requests to one agent are made with. */
export interface AgentFetchOptions {
  /** What people call it. */
  readonly agent: string;
  readonly fetch: Fetch;
  /** Where the agent lives: nothing is asked anywhere else, so that its token goes nowhere else. */
  readonly origin: string;
  readonly token: string | undefined;
  /** From the request to the first byte of its answer, and for the whole of one that is no stream. */
  readonly timeoutMs: number;
}

/** Bytes of one answer, decompressed. */
const MOST_ANSWER = 16 * 1024 * 1024;

/**
 * Requests to one agent: its origin and no other, without redirects, with its token, within a time limit and of a bounded size. Every
 * stream of events notes its places in `places`.
 */
export function agentFetch(options: AgentFetchOptions, places: StreamPlaces): Fetch {
  return async (input, init = {}) => {
    const url = new URL(input);
    if (url.origin !== options.origin)
      throw new AnswerError(`its card leads to another server (${url.origin}), which is not asked`);
    const answer = await firstByte(options, url, init);
    const refusal = refusalOf(answer, options);
    if (refusal !== undefined) {
      await answer.body?.cancel();
      throw refusal;
    }
    if (answer.body === null) return answer;
    const type = answer.headers.get('content-type') ?? '';
    const body = type.startsWith('text/event-stream')
      ? answer.body.pipeThrough(readableEvents(places))
      : await wholeBody(answer.body, options.timeoutMs);
    const { status, statusText, headers } = answer;
    return new Response(body, { status, statusText, headers });
  };
}

/** Why an answer is not read; undefined = it is. */
function refusalOf({ status }: Response, { agent, token }: AgentFetchOptions): Error | undefined {
  if (status >= 300 && status < 400)
    return new AnswerError(`it redirects (status ${status}), which is not followed`);
  if (status !== 401 && status !== 403) return undefined;
  const what = `it wants ${token === undefined ? 'a' : 'another'} token (status ${status})`;
  return new AgentRefusedError(agent, 'denied', what);
}

async function firstByte(
  { fetch, token, timeoutMs }: AgentFetchOptions,
  url: URL,
  init: RequestInit,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  headers.set('user-agent', 'codetether');
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new AnswerError(late(timeoutMs))), timeoutMs);
  const signals = [limit.signal, ...(init.signal ? [init.signal] : [])];
  try {
    return await fetch(url, {
      ...init,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function late(timeoutMs: number): string {
  return `it gave no answer within ${timeoutMs / 1000} s`;
}

/** The body of an answer that is no stream; longer ones, and slower ones, are an error. */
async function wholeBody(
  stream: ReadableStream<Uint8Array>,
  timeoutMs: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const limit = AbortSignal.timeout(timeoutMs);
  const stop = (): void => void reader.cancel().catch(() => undefined);
  limit.addEventListener('abort', stop, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (limit.aborted) throw new AnswerError(late(timeoutMs));
      if (done) return new Uint8Array(Buffer.concat(chunks));
      chunks.push(value);
      size += value.length;
      if (size > MOST_ANSWER)
        throw new AnswerError(`its answer has more than ${MOST_ANSWER} bytes`);
    }
  } finally {
    limit.removeEventListener('abort', stop);
    await reader.cancel().catch(() => undefined);
  }
}
