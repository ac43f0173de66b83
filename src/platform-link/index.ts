export type { LinkEvent } from './link-event.js';
export {
  CAPABILITIES,
  DEFAULT_PACE,
  type LinkOptions,
  type OfferedWorkspace,
  platformAddress,
} from './link-options.js';
export { platformFetch } from './platform-fetch.js';
export { type LeftTask, runPlatformLink } from './platform-link.js';
export { linkFolder } from './task/claim-store.js';
