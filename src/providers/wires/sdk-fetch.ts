import { ProviderError } from '../failures/errors.js';

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

/**
 * A fetch that sends exactly the protocol's headers and the given ones. Both SDKs copy headers from environment
 * variables (`OPENAI_CUSTOM_HEADERS`, `OPENAI_ORG_ID`, `ANTHROPIC_CUSTOM_HEADERS`) into every request; here they end.
 * It also mends answers that the SDKs misread: an error body that is an array (Google), an error body under status
 * 200 (OpenRouter), and a web page under status 200 (a wrong address, a captive portal), which is `malformed`.
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
    return mendResponse(response, asksForStream(init?.body));
  };
}

/** Texts of a conversation cannot look like this: their quotation marks are escaped. */
function asksForStream(body: unknown): boolean {
  return typeof body === 'string' && body.includes('"stream":true');
}

async function mendResponse(response: Response, isStream: boolean): Promise<Response> {
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && type.includes('text/html')) {
    await response.body?.cancel();
    throw new ProviderError('malformed', {
      message: `the server answered with a web page (${type}), not with an answer of a model`,
      hint: 'check base_url: it may name the web site instead of the API, or a proxy answered',
    });
  }
  if (!type.includes('json')) return response;
  const text = await response.text();
  const body = firstOfArray(text);
  if (response.ok && !hasError(body)) refuseUnfit({ text, body, isStream });
  const status = response.ok && hasError(body) ? errorStatus(body.error) : response.status;
  const headers = new Headers(response.headers);
  // The body is decoded already; its old length and encoding would be wrong.
  headers.delete('content-encoding');
  headers.delete('content-length');
  return new Response(body === undefined ? text : JSON.stringify(body), { status, headers });
}

/** What cannot be the answer, said in words that help; the SDKs would read it as an empty one. */
function refuseUnfit(answer: { text: string; body: unknown; isStream: boolean }): void {
  if (answer.body === undefined) {
    throw new ProviderError('malformed', {
      message: `the server's answer is no JSON, though it says so: ${answer.text.slice(0, 100)}`,
    });
  }
  if (answer.isStream) {
    throw new ProviderError('malformed', {
      message: 'the server answered in one piece, though it was asked to stream',
      hint: 'set stream = false in [providers.NAME] of your configuration file',
    });
  }
}

function firstOfArray(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed[0] : parsed;
  } catch {
    return undefined;
  }
}

function hasError(body: unknown): body is { error: unknown } {
  return typeof body === 'object' && body !== null && 'error' in body && Boolean(body.error);
}

function errorStatus(error: unknown): number {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' && code >= 400 && code <= 599 ? code : 500;
}
