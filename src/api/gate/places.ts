import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { InvalidInputError, trimOf } from '../../domain/index.js';

/** Names under which a server may be asked, and pages that may ask it. */
export interface Places {
  /** Address that is listened on. */
  readonly hostname: string;
  readonly publicUrl: string | null;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

/** True for an address that only this machine can connect to. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

/**
 * True where nobody but the person at this machine can ask: nothing says that others reach the server by another name, as through a proxy.
 */
export function isForOneself({ hostname, publicUrl, hosts }: Omit<Places, 'origins'>): boolean {
  return isLoopback(hostname) && publicUrl === null && hosts.length === 0;
}

const HEADERS = 'authorization, content-type, a2a-version, a2a-extensions, last-event-id';

/**
 * Refuses what a browser was tricked into: a host name that some other site points to this machine, and pages of other origins. A
 * page that is listed gets the headers that let its browser read the answer. Throws `ERR_HOST_REFUSED`, `ERR_ORIGIN_REFUSED` (403).
 */
export function onlyKnownPlaces(places: Places): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    requireKnownHost(request, places);
    const origin = request.get('origin');
    response.vary('Origin');
    const isListed = origin !== undefined && places.origins.includes(origin);
    if (!isListed && !isOwnPage(request, places)) {
      throw refused('ERR_ORIGIN_REFUSED', 'requests of other pages are refused', '[serve] origins');
    }
    if (isListed) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Allow-Methods', 'GET, POST, DELETE, OPTIONS');
      response.set('Access-Control-Allow-Headers', HEADERS);
    }
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}

/** The check of the host alone, for what any page may link to. Throws `ERR_HOST_REFUSED` (403). */
export function requireKnownHost(request: Request, places: Places): void {
  if (isKnownHost(request, places)) return;
  throw refused('ERR_HOST_REFUSED', 'this host is not served', '[serve] hosts');
}

/** Where clients see this server: the public address, else the host that they asked, which was checked. */
export function baseUrl(request: Request, places: Places): string {
  if (places.publicUrl !== null) return trimOf(places.publicUrl, '/');
  return `http://${request.headers.host ?? 'localhost'}`;
}

function isKnownHost(request: Request, places: Places): boolean {
  const host = (request.headers.host ?? '').toLowerCase();
  const { name, port } = splitHost(host);
  if (places.hosts.some((known) => known.toLowerCase() === host || known.toLowerCase() === name))
    return true;
  if (places.publicUrl !== null && new URL(places.publicUrl).host === host) return true;
  const isOwnPort = port === String(request.socket.localPort ?? '');
  return isOwnPort && ownNames(request, places).includes(name);
}

/** Addresses cannot be pointed elsewhere, names can: of those only the one that is listened on is our own. */
function ownNames(request: Request, places: Places): string[] {
  const local = (request.socket.localAddress ?? '').replace(/^::ffff:/, '');
  return ['localhost', '127.0.0.1', '::1', local, bare(places.hostname.toLowerCase())];
}

function splitHost(host: string): { readonly name: string; readonly port: string } {
  const parts = /^(\[[0-9a-f:.]{2,45}\]|[^:]{1,255})(?::(\d{1,5}))?$/.exec(host);
  return { name: bare(parts?.[1] ?? ''), port: parts?.[2] ?? '80' };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function isOwnPage(request: Request, places: Places): boolean {
  const origin = request.get('origin');
  const site = request.get('sec-fetch-site');
  const isOwn = origin === undefined || origin === baseOrigin(request, places);
  return isOwn && (site === undefined || site === 'same-origin' || site === 'none');
}

function baseOrigin(request: Request, places: Places): string {
  return new URL(baseUrl(request, places)).origin;
}

function refused(code: string, message: string, key: string): InvalidInputError {
  return new InvalidInputError(code, {
    message,
    hint: `name it in ${key} of the server's configuration`,
  });
}
