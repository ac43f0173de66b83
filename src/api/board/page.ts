import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type RequestHandler, Router } from 'express';

/** Folder of the page's files, beside `dist` and `src`: they are served as they are written. */
const FOLDER = new URL('../../../board/', import.meta.url);

/** Where the page is. */
export const BOARD_PATH = '/board';

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Files of the page; nothing else of the folder is served. */
const FILES: Readonly<Record<string, keyof typeof TYPES>> = {
  'index.html': 'html',
  'board.css': 'css',
  'icon.svg': 'svg',
  'main.js': 'js',
  'service.js': 'js',
  'elements.js': 'js',
  'words.js': 'js',
  'overview.js': 'js',
  'run.js': 'js',
  'story.js': 'js',
  'figures.js': 'js',
  'diff.js': 'js',
  'actions.js': 'js',
};

/**
 * Scripts and styles of this server alone, none within the page, no frames around it, and no way from text to markup: with `trusted-types
 * 'none'` the browser refuses `innerHTML` and its like.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
} as const;

/**
 * The files of the board at `/board/`. They hold nothing of anybody and are served without a token; `guard` looks at the host that is
 * asked. What is no file of the page goes on to the next router.
 */
export function createPageRouter(guard: RequestHandler): Router {
  const router = Router();
  router.get(BOARD_PATH, guard, (request, response, next) => {
    if (request.path.endsWith('/')) return next();
    response.redirect(308, `${BOARD_PATH}/`);
  });
  router.get(`${BOARD_PATH}/{:file}`, guard, async (request, response, next) => {
    const name = String(request.params['file'] ?? 'index.html');
    const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (type === undefined) return next();
    const bytes = await readFile(fileURLToPath(new URL(name, FOLDER)));
    response.set(HEADERS).type(TYPES[type]).send(bytes);
  });
  return router;
}
