import { vaultAccess, type Config, type EnvironmentVariables } from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import {
  createVaultClient,
  createVaultSecrets,
  type VaultClient,
  type VaultSecrets,
} from '../platform/index.js';
import { asRoot, hasLocalVault } from './local-vault.js';

/** Where the providers' secrets of this configuration lie. */
export type SecretPlace = 'vault' | 'local' | 'none';

/** The Vault that the configuration or the environment names, else the home's own, else none yet. */
export function secretPlace(config: Config): SecretPlace {
  if (config.worker.vault.address !== null) return 'vault';
  return hasLocalVault(config) ? 'local' : 'none';
}

/**
 * Does something with the providers' secrets: as the person's own identity in a Vault that is named, as root in the
 * home's own, which must run. Throws `ERR_VAULT_NOT_CONFIGURED` (exit 2), and what the secrets throw.
 */
export function withSecrets<Result>(
  config: Config,
  environment: EnvironmentVariables,
  action: (secrets: VaultSecrets) => Promise<Result>,
): Promise<Result> {
  const { mount, path } = config.worker.vault;
  return withVaultClient(config, environment, (client) =>
    action(createVaultSecrets({ client, mount, path })),
  );
}

/** As {@link withSecrets}, for whatever else lies in that Vault. */
export async function withVaultClient<Result>(
  config: Config,
  environment: EnvironmentVariables,
  action: (client: VaultClient) => Promise<Result>,
): Promise<Result> {
  if (secretPlace(config) === 'local') return asRoot(config, action);
  const access = vaultAccess(config.worker.vault, environment);
  if (!access.isKnown) {
    throw new InvalidInputError('ERR_VAULT_NOT_CONFIGURED', {
      message: `Vault cannot be asked: ${access.reason}`,
      hint: 'set VAULT_TOKEN or VAULT_TOKEN_FILE, or unset VAULT_ADDR to use a local Vault',
    });
  }
  const client = createVaultClient(access);
  try {
    return await action(client);
  } finally {
    client.close();
  }
}
