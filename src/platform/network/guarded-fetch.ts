import { lookup as resolveName } from 'node:dns';
import { isIP } from 'node:net';
import { isListed } from '../egress/allow-list.js';
import { isPrivateAddress } from './private-address.js';
import { publicLookup } from './public-lookup.js';

/** Where pages may be read, and how much of them. */
export interface WebRules {
  /** Hosts: `host`, `.suffix` or `*`, each with `:port` when that is neither 80 nor 443. */
  readonly allow: readonly string[];
  /** Those of them that may lie on a private network; in the same form. */
  readonly allowPrivate: readonly string[];
}

/** One page to read. */
export interface WebRequest {
  readonly url: string;
  /** Bytes of the body, decompressed; what is behind them is not read. */
  readonly maxBytes: number;
  /** For all requests, redirects included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a server gave, or why nothing was asked or read. */
export type WebAnswer =
  | {
      readonly kind: 'page';
      /** Where it was found in the end. */
      readonly url: string;
      readonly status: number;
      /** Media type in lower case, without parameters; empty when the server names none. */
      readonly type: string;
      /** From the media type; `utf-8` when it names none. */
      readonly charset: string;
      readonly body: Buffer;
      readonly isCut: boolean;
    }
  /** It leads to another host that is listed too; nothing was asked there. */
  | { readonly kind: 'elsewhere'; readonly url: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads pages. */
export type WebReader = (request: WebRequest) => Promise<WebAnswer>;

const REDIRECTS = 5;
const STANDARD_PORTS = new Set([80, 443]);
const HTTPS_PORT = 443;
const MAX_URL = 4096;

/**
 * Reads pages of listed hosts and of no others: http and https, no credentials, no address of this machine or of a private network
 * unless it is named. Every address of a name is looked at when the connection is made, so that a name cannot change in between;
 * redirects are looked at like first requests, and those to another host are not followed: whoever asks has rules for hosts. Never throws
 * but for an aborted signal.
 */
export function createWebReader(
  rules: WebRules,
  resolve: typeof resolveName = resolveName,
): WebReader {
  return async ({ url, maxBytes, timeoutMs, signal }) => {
    const limit = AbortSignal.timeout(timeoutMs);
    let next = url;
    for (let hop = 0; hop <= REDIRECTS; hop += 1) {
      const target = judgeUrl(next, rules);
      if (typeof target === 'string') return refused(target);
      let answer: WebAnswer | { readonly kind: 'redirect'; readonly to: string };
      try {
        answer = await readOnce(target, {
          maxBytes,
          resolve,
          signal: AbortSignal.any([limit, signal]),
        });
      } catch (error) {
        signal.throwIfAborted();
        return refused(limit.aborted ? `no answer within ${timeoutMs / 1000} s` : causeOf(error));
      }
      if (answer.kind !== 'redirect') return answer;
      if (target.url.protocol === 'https:' && answer.to.startsWith('http:'))
        return refused('it redirects from https to http');
      const further = judgeUrl(answer.to, rules);
      if (typeof further === 'string') return refused(further);
      if (further.url.hostname !== target.url.hostname)
        return { kind: 'elsewhere', url: further.url.href };
      next = answer.to;
    }
    return refused(`it redirects more than ${REDIRECTS} times`);
  };
}

interface Target {
  readonly url: URL;
  readonly mayBePrivate: boolean;
}

/** Where a request goes, or why it does not. */
function judgeUrl(text: string, rules: WebRules): Target | string {
  if (text.length > MAX_URL || !URL.canParse(text)) return 'this is no address of the web';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only http and https are read';
  if (url.username !== '' || url.password !== '') return 'an address with a password is not read';
  return judgeHost(url, rules);
}

function judgeHost(url: URL, rules: WebRules): Target | string {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  const port = Number(url.port);
  const isStandard = url.port === '' || STANDARD_PORTS.has(port);
  const destination = { host, port: isStandard ? HTTPS_PORT : port };
  const mayBePrivate = isListed(rules.allowPrivate, destination);
  if (!mayBePrivate && !isListed(rules.allow, destination))
    return `${host}${isStandard ? '' : `:${port}`} is not among the hosts that the configuration lists ([web] allow)`;
  if (!mayBePrivate && isIP(host) !== 0 && isPrivateAddress(host)) return PRIVATE;
  return { url, mayBePrivate };
}

const PRIVATE = 'this is an address of this machine or of a private network';

interface Reading {
  readonly maxBytes: number;
  readonly resolve: typeof resolveName;
  readonly signal: AbortSignal;
}

async function readOnce(
  { url, mayBePrivate }: Target,
  { maxBytes, resolve, signal }: Reading,
): Promise<WebAnswer | { readonly kind: 'redirect'; readonly to: string }> {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({
    connect: mayBePrivate ? {} : { lookup: publicLookup(PRIVATE, resolve) },
    pipelining: 0,
  });
  try {
    const answer = await fetch(url, {
      dispatcher,
      redirect: 'manual',
      signal,
      headers: { 'user-agent': 'codetether', accept: 'text/html, text/*, application/json, */*' },
    });
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      const to = URL.canParse(location, url.href) ? new URL(location, url).href : '';
      return { kind: 'redirect', to };
    }
    const { body, isCut } = await readBody(answer.body, maxBytes);
    const media = mediaType(answer.headers.get('content-type') ?? '');
    return { kind: 'page', url: url.href, status: answer.status, ...media, body, isCut };
  } finally {
    await dispatcher.destroy();
  }
}

async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<{ readonly body: Buffer; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), isCut: size > maxBytes };
}

const LONGEST_TYPE = 200;

function mediaType(header: string): { readonly type: string; readonly charset: string } {
  const [type = '', ...parameters] = header.slice(0, LONGEST_TYPE).toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return {
    type: type.trim(),
    charset: charset === undefined || charset === '' ? 'utf-8' : charset,
  };
}

/** Libraries say "fetch failed" and put what happened into causes. */
function causeOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}

function refused(reason: string): WebAnswer {
  return { kind: 'refused', reason };
}
