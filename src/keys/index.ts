export {
  accessTokenReader,
  createAccessToken,
  listAccessTokens,
  revokeAccessToken,
} from './access-tokens.js';
export { assertKey } from './assert-key.js';
export { examineCodec, examineKeys } from './examine.js';
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
