export { createApp } from './app.js';
export type { CodecRoutes } from './codec.js';
export { type ApiServer, listenOnLoopback } from './listen.js';
export type { UiRoutes } from './temporal-ui.js';
export type { Authorize, Caller } from './runs/caller.js';
export { createMeters, type HealthRoutes, type Meters } from './runs/health.js';
export { createRunsRouter, type RunsRoutes } from './runs/router.js';
