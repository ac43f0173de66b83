export {
  DEFAULT_IDLE_LIMITS,
  type IdleLimits,
  type ModelProvider,
  type ModelReply,
  type ModelRequest,
  type StreamControl,
  type StreamProgress,
  type ToolSchema,
} from './provider.js';
export {
  PROVIDER_ERROR_KINDS,
  ProviderError,
  type ProviderErrorDetails,
  type ProviderErrorKind,
} from './failures/errors.js';
export { toProviderError } from './failures/classify.js';
export {
  createReplayProvider,
  transcriptSchema,
  type ReplayOptions,
  type Transcript,
} from './wires/replay.js';
export { estimateUsage, messageCharacters } from './reply/reply.js';
export { contextWindowOf, costOfCall, type CostSource } from './cost.js';
export {
  createProviders,
  type Providers,
  type ProviderSecret,
  type ProviderSecrets,
  type ProvidersOptions,
  type ResolvedModel,
} from './registry.js';
export type { FetchFunction } from './wires/sdk-fetch.js';
export { wakeStreams } from './wires/watchdog.js';
