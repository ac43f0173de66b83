export { SupervisedChild, restartPauseMs, stopProcess } from './child.js';
export { type ControlMessage, onMessages, sendMessage } from './control-messages.js';
export { keepDatabaseCopy } from './database-copy.js';
export { type GateFiles, gateFiles } from './gate-files.js';
export { type Isolation, LOOPBACK_UP, isolated } from './isolation.js';
export { readJson, writeJson } from './json-file.js';
export { acquireLock } from './lock.js';
export { freePort, isPortFree } from './ports.js';
export { findProcesses, isAlive, isBelow, ownIdentity } from './process-identity.js';
export { type ServiceFiles, serviceFiles } from './service-files.js';
export {
  type Launch,
  type ServiceFailure,
  type ServiceProcess,
  type ServiceState,
  type TemporalLaunch,
  type VaultLaunch,
  readLaunch,
  readState,
} from './state.js';
