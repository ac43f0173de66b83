export { createApp, type AppDependencies, type Health } from './app.js';
export type { CodecRoutes } from './codec.js';
export type { UiRoutes } from './temporal-ui.js';
export { listenOnLoopback, type ApiServer, type ListenOptions } from './listen.js';
