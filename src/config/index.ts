export {
  workerSettingsSchema,
  type Config,
  type ConfiguredCheck,
  type DefaultModel,
  type WorkerSettings,
} from './config.js';
export {
  processEnvironment,
  receiveSecrets,
  receiveSecretsByInput,
  secretsText,
  scrubEnvironment,
  withoutSecrets,
  type EnvironmentVariables,
} from './environment.js';
export { writeDefaultModel } from './default-model.js';
export { vaultAccess, type VaultAccess } from './vault-access.js';
export { loadConfig, type LoadConfigOptions } from './load.js';
export { environmentProxies, type EnvironmentProxies } from './proxy.js';
export { userFolders, type UserFolders } from './paths.js';
export { crashPointName, environmentKeys, serverToken, vaultToken } from './secrets.js';
export {
  examineProjectFiles,
  listTrustedFiles,
  revokeProjectFile,
  trustProjectFile,
  type ListedFile,
  type ProjectFileTrust,
  type SensitiveSetting,
} from './project-trust.js';
