import { ServerAnswerError } from '../failures/answer-error.js';
import { NO_JSON, parseJson } from '../reply/json-text.js';

/** The subset of `fetch` that both SDKs call. */
export type FetchFunction = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** Told of each answer's status and headers, before its body is read. */
export type ResponseObserver = (response: Pick<Response, 'status' | 'headers'>) => void;

/** Options of {@link createIsolatedFetch}. */
export interface IsolatedFetchOptions {
  /** Headers to send beside the protocol's own; they win over whatever the SDK set. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: the global fetch. */
  readonly fetch?: FetchFunction | undefined;
  readonly onResponse?: ResponseObserver | undefined;
}

const PROTOCOL_HEADERS = ['accept', 'content-type', 'anthropic-version', 'anthropic-beta'];
/** An error body is read so far; what a person can use stands at its beginning. */
const LONGEST_ERROR_BODY = 256 * 1024;

/**
 * A fetch that sends exactly the protocol's headers and the given ones. Both SDKs copy headers from environment
 * variables (`OPENAI_CUSTOM_HEADERS`, `OPENAI_ORG_ID`, `ANTHROPIC_CUSTOM_HEADERS`) into every request; here they end.
 * Throws {@link ServerAnswerError} with the whole body for a refusal: the SDKs keep only bodies of their own form.
 */
export function createIsolatedFetch(options: IsolatedFetchOptions): FetchFunction {
  return async (input, init) => {
    const given = new Headers(init?.headers);
    const sent = new Headers({ 'user-agent': 'codetether' });
    for (const name of PROTOCOL_HEADERS) {
      const value = given.get(name);
      if (value !== null) sent.set(name, value);
    }
    for (const [name, value] of Object.entries(options.headers)) sent.set(name, value);
    const response = await (options.fetch ?? fetch)(input, { ...init, headers: sent });
    options.onResponse?.(response);
    if (response.ok) return response;
    const text = await readStart(response);
    const body = parseJson(text);
    const { status, headers } = response;
    throw new ServerAnswerError({ status, headers, body: body === NO_JSON ? text : body });
  };
}

/** The beginning of a body; what breaks off in the middle is an error body all the same. */
async function readStart({ body }: Response): Promise<string> {
  if (body === null) return '';
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  try {
    while (length < LONGEST_ERROR_BODY) {
      const { done, value } = await reader.read();
      if (done) break;
      const text = decoder.decode(value, { stream: true });
      parts.push(text);
      length += text.length;
    }
  } catch {
    // The status is known, and whatever came of the body.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return parts.join('').slice(0, LONGEST_ERROR_BODY);
}
