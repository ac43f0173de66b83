export { type EnsureOptions, type ServiceEndpoint, ensureRunning } from './ensure.js';
export { findProgram } from './find-program.js';
export { stayWithService } from './foreground.js';
export { programSources } from './program-sources.js';
export { TEMPORAL_CLI } from './programs.js';
export {
  type UnitOptions,
  installUnit,
  planUnit,
  uninstallUnit,
  unitStatus,
} from './unit/service-unit.js';
