export { createApp } from './app.js';
export type { CodecRoutes } from './codec.js';
export { isForOneself } from './gate/places.js';
export { type LazyRemote, lazyRemote } from './lazy-remote.js';
export { type ApiServer, listenOn, listenOnLoopback } from './listen.js';
export { type ServedTasks, openRemoteApi } from './open-remote.js';
export type { RemoteApi, RemoteServices } from './remote-api.js';
export type { UiRoutes } from './temporal-ui.js';
