import { type Config, vaultAccess, type EnvironmentVariables } from '../config/index.js';
import { hasLocalVault, isLocalVaultRunning } from './local-vault.js';
import { openEnvelope } from './open-envelope.js';
import { CodetetherError } from '../domain/index.js';
import { secretPlace, withSecrets } from './open-secrets.js';

/**
 * One sentence about where keys come from and whose are there. Throws the error of a Vault that is named and does not
 * let itself be asked.
 */
export async function examineKeys(
  config: Config,
  environment: EnvironmentVariables,
): Promise<string> {
  const place = secretPlace(config);
  if (place === 'none') return 'no Vault; codetether auth set PROVIDER starts one on this machine';
  if (place === 'local' && !isLocalVaultRunning(config.home))
    return 'local OpenBao, not running: the service starts it';
  if (place === 'vault' && !vaultAccess(config.worker.vault, environment).isKnown)
    return `Vault at ${config.worker.vault.address}; this command has no token to ask it`;
  const where = place === 'local' ? 'local OpenBao' : `Vault at ${config.worker.vault.address}`;
  try {
    const names = await withSecrets(config, environment, (secrets) => secrets.listProviders());
    return `${where}: ${names.length === 0 ? 'no keys yet' : `keys of ${names.join(', ')}`}`;
  } catch (error) {
    // Reading a key and listing the names are two rights: many identities have only the first.
    if (error instanceof CodetetherError && error.code === 'ERR_VAULT_DENIED')
      return `${where}: answers, but does not let this identity list the keys`;
    throw error;
  }
}

const PROBE = Buffer.from('probe');

/** One sentence about encryption at rest. Throws when it is on and its key cannot be had. */
export async function examineCodec(config: Config): Promise<string> {
  const { codec, vault } = config.worker;
  if (!codec.isEnabled)
    return 'off: histories, blobs, journal and events lie in plain ([codec] enabled)';
  const key = `on, key ${codec.mount}/${codec.key} of`;
  if (hasLocalVault(config) && !isLocalVaultRunning(config.home))
    return `${key} the local OpenBao, not running: the service starts it`;
  const envelope = openEnvelope(config);
  const startedAt = performance.now();
  await envelope?.open(await envelope.seal(PROBE, 'doctor'), 'doctor');
  const ms = Math.round(performance.now() - startedAt);
  return `${key} ${vault.address === null ? 'the local OpenBao' : vault.address}, answers in ${ms} ms`;
}
