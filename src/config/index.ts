export { type Config, type WorkerSettings, workerSettingsSchema } from './config.js';
export { writeDefaultModel } from './default-model.js';
export {
  type EnvironmentVariables,
  processEnvironment,
  receiveSecretsByInput,
  scrubEnvironment,
  withoutSecrets,
} from './light/environment.js';
export { loadConfig } from './load.js';
export { userFolders } from './paths.js';
export {
  type ProjectFileTrust,
  examineProjectFiles,
  listTrustedFiles,
  revokeProjectFile,
  trustOfFile,
  trustProjectFile,
} from './trust/project-trust.js';
export { type PlatformSettings, platformToken } from './platform/settings.js';
export { environmentProxies } from './proxy.js';
export { crashPointName, environmentKeys } from './secrets.js';
export { type ServeSettings, serveSettingsSchema } from './remote/serve-settings.js';
export { vaultAccess } from './vault-access.js';
