import express, { type Express, type RequestHandler } from 'express';
import { createCodecRouter, type CodecRoutes } from './codec.js';
import { createUiRouter, type UiRoutes } from './temporal-ui.js';

/** What `/health` reports. */
export interface Health {
  readonly version: string;
  readonly uptimeS: number;
  readonly isTemporalReachable: boolean;
}

/** Dependencies of {@link createApp}. */
export interface AppDependencies {
  /** Looks at the moment of the call; must not throw. */
  readonly health: () => Promise<Health>;
  /** Opens and seals payloads under `/codec`; absent = off, and nothing is there. */
  readonly codec?: CodecRoutes | undefined;
  /** Temporal's web interface; absent where it has none that we may show. */
  readonly ui?: UiRoutes | undefined;
  /** Tasks from outside; absent = nothing is there. `guard` looks at the host of `/health` too. */
  readonly remote?:
    | { readonly router: RequestHandler; readonly guard?: RequestHandler | undefined }
    | undefined;
}

/**
 * The HTTP application. `GET /health` answers 200 while Temporal answers, else 503, with
 * `{version, uptime_s, temporal: "reachable" | "unreachable"}`; `/codec` and
 * Temporal's web interface are there when they are given; all else is 404 as JSON.
 */
export function createApp({ health, codec, ui, remote }: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  // whatever no route foresaw is answered without a stack
  app.set('env', 'production');
  app.get(
    '/health',
    ...(remote?.guard === undefined ? [] : [remote.guard]),
    async (_request, response) => {
      const report = await health();
      response.status(report.isTemporalReachable ? 200 : 503).json({
        version: report.version,
        uptime_s: report.uptimeS,
        temporal: report.isTemporalReachable ? 'reachable' : 'unreachable',
      });
    },
  );
  if (codec !== undefined) app.use('/codec', createCodecRouter(codec));
  if (ui !== undefined) app.use(ui.path, createUiRouter(ui));
  if (remote !== undefined) app.use(remote.router);
  app.use((request, response) => {
    response
      .status(404)
      .json({ error: { code: 'ERR_NOT_FOUND', message: `nothing at ${request.path}` } });
  });
  return app;
}
