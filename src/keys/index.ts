export { assertKey } from './assert-key.js';
export { examineCodec } from './examine-codec.js';
export { examineKeys } from './examine-keys.js';
export { type HomeSettings, knownVault } from './known-vault.js';
export {
  hasLocalVault,
  isLocalVaultRunning,
  localVaultConnection,
  localVaultMemory,
  prepareLocalVault,
  requestLocalVault,
} from './local-vault.js';
export { type EnvelopeSource, openEnvelope, requireCodecVault } from './open-envelope.js';
export { type SecretPlace, secretPlace, withSecrets } from './open-secrets.js';
