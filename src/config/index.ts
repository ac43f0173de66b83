export { type Config, type WorkerSettings, workerSettingsSchema } from './config.js';
export { formatKeyPath, parseKeyPath } from './edit/key-path.js';
export { newConfigFile } from './edit/new-file.js';
export { type ConfigChange, planConfigChange } from './edit/plan-change.js';
export { tomlValue } from './edit/toml-value.js';
export { isConfigKey, keyTable } from './keys/documented-keys.js';
export { configJsonSchema } from './keys/json-schema.js';
export {
  type EnvironmentVariables,
  processEnvironment,
  receiveSecretsByInput,
  scrubEnvironment,
  underVariables,
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
export { type EffectiveKey, effectiveKeys } from './show/effective.js';
export { type ValidatedFile, validateConfigFiles } from './show/validate-files.js';
export { environmentProxies } from './proxy.js';
export { crashPointName, environmentKeys } from './secrets.js';
export { type ServeSettings, serveSettingsSchema } from './remote/serve-settings.js';
export { vaultAccess } from './vault-access.js';
