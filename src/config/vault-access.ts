import type { VaultAuth, VaultConnection } from '../domain/index.js';
import type { WorkerSettings } from './config.js';
import type { EnvironmentVariables } from './light/environment.js';
import { vaultToken } from './secrets.js';

/** Everything needed to ask Vault, or the reason why it cannot be asked. May hold a token, so it is never serialised. */
export type VaultAccess =
  | ({ readonly isKnown: true } & VaultConnection)
  | { readonly isKnown: false; readonly reason: string };

/** Where Kubernetes puts the service account's token into every pod. */
const POD_JWT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * How Vault is reached under these settings. Without `[vault] auth` an agent's token file counts first, then a Kubernetes
 * role, then VAULT_TOKEN.
 */
export function vaultAccess(
  vault: WorkerSettings['vault'],
  environment: EnvironmentVariables,
): VaultAccess {
  if (vault.address === null) return { isKnown: false, reason: 'VAULT_ADDR is not set' };
  const auth = loginOf(vault, environment);
  if (typeof auth === 'string') return { isKnown: false, reason: auth };
  return {
    isKnown: true,
    address: vault.address,
    auth,
    namespace: vault.namespace ?? undefined,
    caCert: vault.caCert ?? undefined,
  };
}

/** A reason when something is missing. */
function loginOf(
  vault: WorkerSettings['vault'],
  environment: EnvironmentVariables,
): VaultAuth | string {
  const { role, tokenFile } = vault;
  switch (kindOf(vault)) {
    case 'token': {
      const token = vaultToken(environment);
      if (token === null) return 'neither VAULT_TOKEN nor VAULT_TOKEN_FILE is set';
      return { kind: 'token', token };
    }
    case 'file':
      return tokenFile === null ? 'VAULT_TOKEN_FILE is not set' : { kind: 'file', path: tokenFile };
    case 'kubernetes':
      return role === null ? '[vault] role is not set' : podLogin(role, vault);
    case 'approle':
      return role === null ? '[vault] role is not set' : appRoleLogin(role, vault);
  }
}

function kindOf({ auth, tokenFile, role }: WorkerSettings['vault']): VaultAuth['kind'] {
  if (auth !== null) return auth;
  if (tokenFile !== null) return 'file';
  return role === null ? 'token' : 'kubernetes';
}

function podLogin(role: string, { authMount, jwtPath }: WorkerSettings['vault']): VaultAuth {
  const mount = authMount ?? 'kubernetes';
  return { kind: 'kubernetes', role, mount, jwtPath: jwtPath ?? POD_JWT };
}

function appRoleLogin(
  roleId: string,
  { authMount, secretIdPath }: WorkerSettings['vault'],
): VaultAuth | string {
  if (secretIdPath === null) return '[vault] secret_id_path is not set';
  return { kind: 'approle', roleId, mount: authMount ?? 'approle', secretIdPath };
}
