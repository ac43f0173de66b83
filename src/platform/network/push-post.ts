import { lookup as resolveName } from 'node:dns';
import { isIP } from 'node:net';
import { isListed } from '../egress/allow-list.js';
import { isPrivateAddress } from './private-address.js';
import { publicLookup } from './public-lookup.js';

/** A document for an address that somebody else named. */
export interface PushPost {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the look-up of the name to the status of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a post ended. `gone` = the address says that it never wants another one. */
export type PushAnswer =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Hosts that may be posted to by http, on private networks and on this machine: `host` or `host:port`. */
export type PushAllowance = readonly string[];

const NO_ADDRESS = 'this is no address of the web';
const PRIVATE = 'this is an address of this machine or of a private network';
const MOST_URL = 2048;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const GONE = 410;

interface Target {
  readonly url: URL;
  readonly isAllowed: boolean;
}

/** Where a post goes, or why it does not, as far as the address alone tells. */
function judge(text: string, allowed: PushAllowance): Target | string {
  if (text.length > MOST_URL || !URL.canParse(text)) return NO_ADDRESS;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return NO_ADDRESS;
  if (url.username !== '' || url.password !== '') return 'an address with a password is not used';
  if (isAllowed(url, allowed)) return { url, isAllowed: true };
  if (url.protocol !== 'https:') return 'only https is used';
  const host = hostOf(url);
  return isIP(host) !== 0 && isPrivateAddress(host) ? PRIVATE : { url, isAllowed: false };
}

/** Where the list names no port, every port of the host is meant. */
function isAllowed(url: URL, allowed: PushAllowance): boolean {
  const host = hostOf(url);
  const usual = url.protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
  const port = url.port === '' ? usual : Number(url.port);
  return isListed(allowed, { host, port }) || isListed(allowed, { host, port: HTTPS_PORT });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}

/** Why nothing is posted to this address now; undefined = it may be. Looks its name up. */
export async function refusePushUrl(
  text: string,
  allowed: PushAllowance,
  resolve: typeof resolveName = resolveName,
): Promise<string | undefined> {
  const target = judge(text, allowed);
  if (typeof target === 'string') return target;
  const host = hostOf(target.url);
  if (target.isAllowed || isIP(host) !== 0) return undefined;
  return new Promise((settle) => {
    publicLookup(PRIVATE, resolve)(host, {}, (error) => {
      settle(error === null ? undefined : reasonOf(error));
    });
  });
}

function reasonOf(error: Error): string {
  return error.message === PRIVATE ? PRIVATE : 'its name is not known';
}

/**
 * Posts to an address that somebody else named: https to public addresses only, looked at when the connection is made, so that a name
 * cannot change in between; no redirect is followed, and nothing of the answer but its status is read. Never throws but for an
 * aborted signal.
 */
export async function postPush(
  post: PushPost,
  allowed: PushAllowance,
  resolve: typeof resolveName = resolveName,
): Promise<PushAnswer> {
  const target = judge(post.url, allowed);
  if (typeof target === 'string') return { kind: 'failed', reason: target };
  const limit = AbortSignal.timeout(post.timeoutMs);
  try {
    const status = await send(
      target,
      { ...post, signal: AbortSignal.any([limit, post.signal]) },
      resolve,
    );
    if (status >= 200 && status < 300) return { kind: 'delivered', status };
    if (status === GONE) return { kind: 'gone' };
    const what = status >= 300 && status < 400 ? 'redirects, which is not followed' : 'refuses it';
    return { kind: 'failed', reason: `the address ${what} (status ${status})` };
  } catch (error) {
    post.signal.throwIfAborted();
    return {
      kind: 'failed',
      reason: limit.aborted ? `no answer within ${post.timeoutMs / 1000} s` : causeOf(error),
    };
  }
}

async function send(
  { url, isAllowed }: Target,
  { body, headers, signal }: PushPost,
  resolve: typeof resolveName,
): Promise<number> {
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({
    connect: isAllowed ? {} : { lookup: publicLookup(PRIVATE, resolve) },
    pipelining: 0,
  });
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      body,
      headers: { 'user-agent': 'codetether', ...headers },
      signal,
    });
    answer.body.on('error', () => undefined).destroy();
    return answer.statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

/** Libraries put what happened into causes. */
function causeOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}
