export { ProviderError } from './failures/errors.js';
export type { ModelReply, ModelRequest, ToolSchema } from './provider.js';
export {
  type ProviderSecrets,
  type Providers,
  type ResolvedModel,
  createProviders,
} from './registry.js';
export { attachmentsOf, keepPictures } from './history/pictures.js';
export { messageCharacters } from './reply/reply.js';
export { wakeStreams } from './wires/watchdog.js';
