export { assertKey } from './assert-key.js';
export { examineCodec } from './examine-codec.js';
export { examineKeys } from './examine-keys.js';
export { knownVault } from './known-vault.js';
export {
  hasLocalVault,
  isLocalVaultRunning,
  localVaultMemory,
  prepareLocalVault,
  requestLocalVault,
} from './local-vault.js';
export { openEnvelope, requireCodecVault } from './open-envelope.js';
export { secretPlace, withSecrets } from './open-secrets.js';
