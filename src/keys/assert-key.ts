import {
  environmentKeys,
  vaultAccess,
  type Config,
  type EnvironmentVariables,
} from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import { serviceStatus } from '../host/index.js';
import { isLocalVaultRunning } from './local-vault.js';
import { secretPlace, withSecrets } from './open-secrets.js';

/**
 * Makes sure that Vault holds a usable secret of a provider, as far as this process can ask: a command without a Vault
 * token leaves it to a running worker, which has one. Gives the server's address where the secret holds one. A key in the
 * environment is never used, only named. Throws
 * `ERR_VAULT_NOT_CONFIGURED`, `ERR_SECRET_MISSING`, `ERR_SECRET_INVALID`, `ERR_VAULT_MOUNT` (exit 2) and the errors of
 * Vault (exit 3).
 */
export async function assertKey(
  provider: string,
  config: Config,
  environment: EnvironmentVariables,
): Promise<string | null> {
  const place = secretPlace(config);
  const variable = environmentKeys(environment)[provider];
  const unused =
    variable === undefined
      ? ''
      : `; the key in ${variable} is not used, because keys only ever come from Vault`;
  if (place === 'none') {
    throw new InvalidInputError('ERR_VAULT_NOT_CONFIGURED', {
      message: `the key of ${provider} can only come from Vault, and VAULT_ADDR is not set${unused}`,
      where: { field: 'model' },
      hint: `codetether auth set ${provider}   keeps it in a Vault on this machine; or set VAULT_ADDR and VAULT_TOKEN, or use a provider with auth = "none"`,
    });
  }
  if (!canAsk(place, config, environment)) return null;
  try {
    const secret = await withSecrets(config, environment, (secrets) =>
      secrets.readProviderSecret(provider),
    );
    return secret.baseUrl ?? null;
  } catch (error) {
    if (!(error instanceof InvalidInputError) || unused === '') throw error;
    throw new InvalidInputError(error.code, {
      message: `${error.message}${unused}`,
      where: error.where,
      hint: error.hint,
      cause: error,
    });
  }
}

function canAsk(
  place: 'vault' | 'local',
  config: Config,
  environment: EnvironmentVariables,
): boolean {
  if (place === 'local') return isLocalVaultRunning(config.home);
  if (vaultAccess(config.worker.vault, environment).isKnown) return true;
  return !serviceStatus(config.home).processes.some(({ role }) => role === 'worker');
}
