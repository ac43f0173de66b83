export { createApp } from './app.js';
export type { CodecRoutes } from './codec.js';
export { type ApiServer, listenOn, listenOnLoopback } from './listen.js';
export {
  type RemoteApi,
  type RemoteServices,
  createRemoteApi,
  isForOneself,
} from './remote-api.js';
export { createMeters } from './runs/health.js';
export type { UiRoutes } from './temporal-ui.js';
