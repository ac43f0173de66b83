import { resolve } from 'node:path';
import type { UserFile } from './schema.js';

/** Files of Vault are found from the configuration file's folder too, whatever folder a command runs in. */
export function absoluteVault(
  vault: NonNullable<UserFile['vault']>,
  folder: string,
): NonNullable<UserFile['vault']> {
  const paths = ['ca_cert', 'token_file', 'jwt_path', 'secret_id_path'] as const;
  return Object.fromEntries(
    Object.entries(vault).map(([name, value]) => {
      const isPath = paths.some((path) => path === name);
      return [name, isPath && value !== undefined ? resolve(folder, value) : value];
    }),
  );
}
