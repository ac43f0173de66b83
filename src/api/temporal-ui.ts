import { Router, type NextFunction, type Request, type Response } from 'express';
import { createProxyServer } from 'httpxy';

/** What {@link createUiRouter} needs. */
export interface UiRoutes {
  /** Where the router is mounted, such as `/temporal`. */
  readonly path: string;
  /** Unix socket of the web interface. */
  readonly socketPath: string;
  /** A session for a ticket that is good; undefined for any other. */
  readonly exchange: (
    ticket: string,
  ) => { readonly session: string; readonly maxAgeMs: number } | undefined;
  readonly isSession: (session: string) => boolean;
}

const COOKIE = 'codetether_ui';
/** Asked for by frames of the interface itself, with the text in the query. */
const MARKDOWN_PAGE = '/render';
const HOW = 'open it with: codetether open';

/**
 * Temporal's web interface, passed on from the socket that only this user can open. `GET PATH/login?ticket=…` sets a cookie
 * for a ticket that is good; everything else needs the cookie (401). The host must be this listener's own (a name that was
 * pointed here is refused, 403), and whatever comes from another page is refused too (403).
 */
export function createUiRouter(routes: UiRoutes): Router {
  const router = Router();
  const proxy = createProxyServer({
    target: { socketPath: routes.socketPath, host: 'localhost', protocol: 'http:' },
    xfwd: false,
  });
  router.use(onlyOwnHost);
  router.get('/login', (request, response) => {
    const { ticket } = request.query;
    const session = typeof ticket === 'string' ? routes.exchange(ticket) : undefined;
    if (session === undefined)
      return refuse(response, 401, `this link was used or is too old; ${HOW}`);
    response.cookie(COOKIE, session.session, {
      httpOnly: true,
      sameSite: 'strict',
      path: routes.path,
      maxAge: session.maxAgeMs,
    });
    response.set('Cache-Control', 'no-store');
    response.set('Referrer-Policy', 'no-referrer');
    response.type('html').send(forwardPage(targetOf(request, routes.path)));
  });
  router.use(onlyOwnPages, requireSession(routes), (request: Request, response: Response) => {
    // The interface expects the path that the browser asked for. The page that shows Markdown it serves below its own path twice, and
    // asks for it below once (2.54.1).
    const prefix = request.path === MARKDOWN_PAGE ? routes.path : '';
    request.url = `${prefix}${request.originalUrl}`;
    // the interface shows Markdown in frames of its own
    response.set('X-Frame-Options', 'SAMEORIGIN');
    proxy.web(request, response).catch(() => {
      if (!response.headersSent) refuse(response, 502, 'the web interface does not answer');
      else response.destroy();
    });
  });
  return router;
}

/** A name that some other site points to this machine would make the browser take its pages for ours. */
function onlyOwnHost(request: Request, response: Response, next: NextFunction): void {
  const port = request.socket.localPort ?? 0;
  const host = request.headers.host ?? '';
  if (host === `127.0.0.1:${port}` || host === `localhost:${port}`) return next();
  refuse(response, 403, 'this host is not served');
}

/** A browser says where a request comes from; a page of another origin has no business here, whatever it asks for. */
function onlyOwnPages(request: Request, response: Response, next: NextFunction): void {
  const origin = request.get('origin');
  const site = request.get('sec-fetch-site');
  const isOwn = origin === undefined || origin === `http://${request.headers.host ?? ''}`;
  const isNear = site === undefined || site === 'same-origin' || site === 'none';
  if (isOwn && isNear) return next();
  refuse(response, 403, 'requests of other pages are refused');
}

function requireSession(routes: UiRoutes) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const cookies = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
    const session = cookies.find((part) => part.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    if (session !== undefined && routes.isSession(decodeURIComponentOr(session))) return next();
    refuse(response, 401, HOW);
  };
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Where to go on after the cookie is set: a path below the router only, never another site. */
function targetOf(request: Request, path: string): string {
  const { to } = request.query;
  const isBelow = typeof to === 'string' && /^\/(?![/\\])[\w\-./~%:@!$&'()*+,;=?]*$/.test(to);
  return `${path}${isBelow ? to : '/'}`;
}

/** A page of our own that goes on, so that a strict cookie is sent with the next request. */
function forwardPage(target: string): string {
  const address = target
    .replaceAll('&', '&amp;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&quot;');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><title>Temporal</title></head><body><a href="${address}">Temporal</a></body></html>\n`;
}

function refuse(response: Response, status: number, message: string): void {
  response
    .status(status)
    .json({ error: { code: status === 401 ? 'ERR_UI_SESSION' : 'ERR_UI_REFUSED', message } });
}
