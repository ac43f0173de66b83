import { InvalidInputError } from '../../domain/index.js';
import type { VaultSecrets } from './vault-secrets.js';

/** What a login left in Vault, beside the access token that it gave. */
export interface LoginStore {
  /** Undefined = nobody has logged in. */
  read(): Promise<string | undefined>;
  /** Keeps it with the access token, which is the secret from then on. */
  write(text: string, accessToken: string): Promise<void>;
}

/** The secrets that a login is read from and written to. */
type LoginSecrets = Pick<VaultSecrets, 'readProviderSecret' | 'storeProviderSecret'>;

/** The login of the named secret; `withSecrets` opens Vault for one action. */
export function loginStore(
  name: string,
  withSecrets: <Result>(action: (secrets: LoginSecrets) => Promise<Result>) => Promise<Result>,
): LoginStore {
  return {
    read: async () => {
      try {
        return (await withSecrets((secrets) => secrets.readProviderSecret(name))).oauth;
      } catch (error) {
        if (error instanceof InvalidInputError && error.code === 'ERR_SECRET_MISSING')
          return undefined;
        throw error;
      }
    },
    write: async (oauth, accessToken) => {
      await withSecrets((secrets) =>
        secrets.storeProviderSecret(name, { api_key: accessToken, oauth }),
      );
    },
  };
}
