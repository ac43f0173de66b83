export { sendControl } from './control-client.js';
export { requireFreeDisk } from './disk.js';
export { codecToken, serveToken } from './home-tokens.js';
export { hostId } from './host.js';
export { databaseCopies } from './light/database-copy.js';
export { GATE_NAME, type GateFiles, gateFiles, hasCertificates } from './light/gate-files.js';
export { type Isolation, findIsolation } from './light/isolation.js';
export { readJson, writeJson, writeSecretFile } from './light/json-file.js';
export { type Lock, acquireLock, lockHolder } from './light/lock.js';
export { freePort, isPortFree } from './light/ports.js';
export {
  type ProcessIdentity,
  identifyProcess,
  isAlive,
  ownIdentity,
} from './light/process-identity.js';
export { type ServiceFiles, serviceFiles } from './light/service-files.js';
export { spawnSupervisor } from './light/spawn.js';
export {
  type Launch,
  type ServiceFailure,
  type ServiceProcess,
  type ServiceState,
  type TemporalLaunch,
  type VaultLaunch,
  readLaunch,
  readState,
} from './light/state.js';
export { type SupervisorLink, linkToSupervisor } from './light/worker-link.js';
export { requireSandbox, sandboxProblem } from './sandbox-rule.js';
export { type SleepInhibition, sleepInhibition, tryInhibition } from './sleep-inhibition.js';
export { livingProcess, serviceStatus, stopService, uiUrlOf } from './status.js';
export {
  bundlePath,
  keepBundle,
  readServedBundles,
  removeBundle,
  unusedBundles,
  writeServedBundles,
} from './temporal/bundle-store.js';
export { type CodecOptions, codecOptions } from './temporal/data-converter.js';
export {
  type ReplayedWorkflow,
  openWorkflows,
  replayOpenWorkflows,
} from './temporal/replay-open-runs.js';
export { temporalArguments } from './temporal/temporal-arguments.js';
export {
  clusterIdOf,
  connectTemporal,
  keepHistory,
  unreachable,
} from './temporal/temporal-connection.js';
export {
  type TemporalTarget,
  embeddedNamespace,
  embeddedTarget,
  externalTarget,
  runningTarget,
} from './temporal/temporal-target.js';
export { uiLink, uiRoutes } from './temporal/ui-routes.js';
