import type { WorkerSettings } from './config.js';
import type { EnvironmentVariables } from './environment.js';
import { vaultToken } from './secrets.js';

/** Ways to a token of Vault. */
export const VAULT_AUTHS = ['token', 'file', 'kubernetes', 'approle'] as const;

/** How to get a token; the token itself is in here, so this is never serialised. */
export type VaultLogin =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'kubernetes';
      readonly role: string;
      readonly mount: string;
      readonly jwtPath: string;
    }
  | {
      readonly kind: 'approle';
      readonly roleId: string;
      readonly mount: string;
      readonly secretIdPath: string;
    };

/** Everything needed to ask Vault, or the reason why it cannot be asked. */
export type VaultAccess =
  | {
      readonly isKnown: true;
      readonly address: string;
      readonly auth: VaultLogin;
      readonly namespace: string | undefined;
      readonly caCert: string | undefined;
    }
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
): VaultLogin | string {
  const kind =
    vault.auth ??
    (vault.tokenFile !== null ? 'file' : vault.role !== null ? 'kubernetes' : 'token');
  const { role, tokenFile, secretIdPath } = vault;
  const mount = vault.authMount ?? kind;
  switch (kind) {
    case 'token': {
      const token = vaultToken(environment);
      return token === null ? 'neither VAULT_TOKEN nor VAULT_TOKEN_FILE is set' : { kind, token };
    }
    case 'file':
      return tokenFile === null ? 'VAULT_TOKEN_FILE is not set' : { kind, path: tokenFile };
    case 'kubernetes':
      if (role === null) return '[vault] role is not set';
      return { kind, role, mount, jwtPath: vault.jwtPath ?? POD_JWT };
    case 'approle':
      if (role === null || secretIdPath === null)
        return '[vault] role and secret_id_path are not both set';
      return { kind, roleId: role, mount, secretIdPath };
  }
}
