import { environmentProxies, processEnvironment } from '../config/index.js';
import { fetchThrough } from '../platform/index.js';
import type { HttpFetch } from './link-options.js';

/** What requests to a platform are sent by: through the proxies of the environment, where it names some. */
export function platformFetch(): HttpFetch {
  return fetchThrough(environmentProxies(processEnvironment()));
}
