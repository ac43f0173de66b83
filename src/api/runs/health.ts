import { Router, type NextFunction, type Request, type Response } from 'express';
import type { Registry } from 'prom-client';

/** What the service is asked about itself. */
export interface HealthRoutes {
  /** What new work needs, by name, and whether it answers; all of them = ready. */
  readonly isReady: () => Promise<Readonly<Record<string, boolean>>>;
  /** Tasks that have not ended. */
  readonly openTasks: () => Promise<number>;
  /** Who may read the figures; see `callerOf`. Default: everybody who reaches this server. */
  readonly mayRead?: (request: Request) => Promise<boolean> | boolean;
}

/** Counts what goes through the server. */
export interface Meters {
  /** For the whole application, before its routes: counts each answer by method, group of routes and class of status. */
  readonly count: (request: Request, response: Response, next: NextFunction) => void;
  readonly onStream: (change: 1 | -1) => void;
  /** `GET /ready` (200 or 503) and `GET /metrics` (Prometheus). */
  readonly router: Router;
}

const SLOW_S = [0.01, 0.05, 0.1, 0.5, 1, 5, 30];
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']);

/** Figures of one server. The library behind them is loaded here, with the server. */
export async function createMeters(routes: HealthRoutes): Promise<Meters> {
  const {
    collectDefaultMetrics,
    Counter,
    Gauge,
    Histogram,
    Registry: Registries,
  } = await import('prom-client');
  const register = new Registries();
  collectDefaultMetrics({ register, prefix: 'codetether_' });
  const registers = [register];
  const requests = new Counter({
    name: 'codetether_http_requests_total',
    help: 'Answers by method, group of routes and class of status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'codetether_http_request_seconds',
    help: 'From the request to the end of its answer; streams last as long as they are open.',
    labelNames: ['route'],
    buckets: SLOW_S,
    registers,
  });
  const streams = new Gauge({
    name: 'codetether_open_streams',
    help: 'Streams of events that are open.',
    registers,
  });
  register.registerMetric(
    new Gauge({
      name: 'codetether_open_tasks',
      help: 'Tasks that have not ended; -1 = that cannot be found out now.',
      registers: [],
      async collect() {
        this.set(await routes.openTasks().catch(() => -1));
      },
    }),
  );
  return {
    count(request, response, next) {
      const startedAt = performance.now();
      response.once('close', () => {
        const route = groupOf(request.originalUrl);
        const method = METHODS.has(request.method) ? request.method : 'other';
        requests.inc({ method, route, status: `${Math.floor(response.statusCode / 100)}xx` });
        seconds.observe({ route }, (performance.now() - startedAt) / 1000);
      });
      next();
    },
    onStream: (change) => streams.inc(change),
    router: healthRouter(routes, register),
  };
}

/** Few groups, whatever callers ask for: each is a series of its own. */
const GROUPS = [
  '/v1/runs',
  '/.well-known',
  '/a2a',
  '/metrics',
  '/ready',
  '/health',
  '/openapi.json',
];

function groupOf(url: string): string {
  const [path = ''] = url.split('?', 1);
  return GROUPS.find((group) => path === group || path.startsWith(`${group}/`)) ?? 'other';
}

function healthRouter({ isReady, mayRead }: HealthRoutes, register: Registry): Router {
  const router = Router();
  router.get('/ready', (_request, response) => {
    void isReady().then(
      (parts) => {
        const isGood = Object.values(parts).every(Boolean);
        response.status(isGood ? 200 : 503).json({ ready: isGood, ...parts });
      },
      () => response.status(503).json({ ready: false }),
    );
  });
  router.get('/metrics', (request, response) => {
    void (async () => {
      if (mayRead !== undefined && !(await mayRead(request))) {
        response.status(401).set('WWW-Authenticate', 'Bearer').end();
        return;
      }
      const text = await register.metrics();
      response.type(register.contentType).send(text);
    })().catch(() => response.status(503).end());
  });
  return router;
}
