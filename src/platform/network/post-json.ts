import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isPrivateAddress } from './private-address.js';
import { publicLookup } from './public-lookup.js';

/** A document for somebody's server. */
export interface JsonPost {
  /** https, or http on this machine. */
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For each of the requests, redirects included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a post ended. */
export type PostResult =
  | { readonly isDelivered: true; readonly status: number }
  | { readonly isDelivered: false; readonly reason: string; readonly isRetryable: boolean };

const REDIRECTS = 3;

/**
 * Posts JSON and follows redirects that keep the method (307, 308). A redirect never leads to a private address, unless the
 * first one was private itself, and never from https to http. Never throws.
 */
export async function postJson(post: JsonPost): Promise<PostResult> {
  let url = new URL(post.url);
  let mayBePrivate = true;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const answer = await postOnce(url, post, mayBePrivate);
    if (answer.kind === 'failed') return refused(answer.reason, answer.isRetryable);
    const { status } = answer;
    if (status >= 200 && status < 300) return { isDelivered: true, status };
    const next = redirectOf(url, answer);
    if (next === undefined)
      return refused(`it answered with status ${status}`, status === 429 || status >= 500);
    if (typeof next === 'string') return refused(next, false);
    if (hop === 0) mayBePrivate = answer.isPrivate;
    url = next;
  }
  return refused(`it redirects more than ${REDIRECTS} times`, false);
}

/** Where the answer redirects to, why nobody follows it, or undefined when it is no redirect that keeps the method. */
function redirectOf(
  url: URL,
  { status, location }: Extract<Answer, { kind: 'answered' }>,
): URL | string | undefined {
  if ((status !== 307 && status !== 308) || location === undefined) return undefined;
  const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
  if (next === null || !['http:', 'https:'].includes(next.protocol))
    return 'it redirects to no address of the web';
  return url.protocol === 'https:' && next.protocol === 'http:'
    ? 'it redirects from https to http'
    : next;
}

function refused(reason: string, isRetryable: boolean): PostResult {
  return { isDelivered: false, reason, isRetryable };
}

type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string | undefined;
      /** True when the server has a private address. */
      readonly isPrivate: boolean;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly isRetryable: boolean };

function postOnce(url: URL, post: JsonPost, mayBePrivate: boolean): Promise<Answer> {
  if (!mayBePrivate && isPrivateAddress(url.hostname))
    return Promise.resolve({ kind: 'failed', reason: PRIVATE_TARGET, isRetryable: false });
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const limit = AbortSignal.timeout(post.timeoutMs);
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(post.body)),
      'user-agent': 'codetether',
      ...post.headers,
    },
    signal: post.signal === undefined ? limit : AbortSignal.any([limit, post.signal]),
    agent: false,
    ...(mayBePrivate ? {} : { lookup: publicLookup(PRIVATE_TARGET) }),
  };
  return new Promise((resolve) => {
    const fail = (error: Error): void =>
      resolve({
        kind: 'failed',
        reason: limit.aborted ? `no answer within ${post.timeoutMs / 1000} s` : error.message,
        isRetryable: error.message !== PRIVATE_TARGET,
      });
    const sent = request(url, options, (response: IncomingMessage) => {
      response.once('error', fail);
      response.resume();
      resolve({
        kind: 'answered',
        status: response.statusCode ?? 0,
        location: response.headers.location,
        isPrivate: isPrivateAddress(response.socket.remoteAddress ?? ''),
      });
    });
    sent.once('error', fail);
    sent.end(post.body);
  });
}

const PRIVATE_TARGET = 'it redirects to an address of a private network';
