import { environmentProxies, processEnvironment } from '../config/index.js';
import { createProxyFetch } from '../platform/index.js';
import type { HttpFetch } from './link-options.js';

/** What requests to a platform are sent by: through the proxies of the environment, where it names some. */
export function platformFetch(): HttpFetch {
  const proxies = environmentProxies(processEnvironment());
  return proxies === null ? fetch : createProxyFetch(proxies);
}
