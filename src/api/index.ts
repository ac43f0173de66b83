export { createApp } from './app.js';
export type { CodecRoutes } from './codec.js';
export { type ApiServer, listenOnLoopback } from './listen.js';
export type { UiRoutes } from './temporal-ui.js';
