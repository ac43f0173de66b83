export {
  type QueueCheck,
  type UpgradeCheck,
  checkUpgrade,
  ownBundleDigest,
} from './check-upgrade.js';
export {
  type CleanupGroup,
  type CleanupPlan,
  type CleanupRequest,
  cleanUp,
  parseAge,
  planCleanup,
} from './cleanup/cleanup.js';
export { examine } from './doctor.js';
export type { Finding } from './finding.js';
export { type ListedModel, type ModelPrices, listModels } from './models.js';
export { testProvider } from './test-provider.js';
export {
  type InstalledItem,
  type UninstallPlan,
  type UninstallRequest,
  planUninstall,
  uninstall,
} from './uninstall.js';
