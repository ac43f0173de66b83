import { vaultAccess, type EnvironmentVariables, type WorkerSettings } from '../config/index.js';
import type { VaultConnection } from '../domain/index.js';
import { localVaultConnection } from './local-vault.js';

/** A home and the settings of its worker. */
export interface HomeSettings {
  /** State folder, absolute. */
  readonly home: string;
  readonly worker: WorkerSettings;
}

/** The Vault that the settings name, else the home's own as its worker sees it; a reason when there is neither. */
export function knownVault(
  { home, worker }: HomeSettings,
  environment: EnvironmentVariables,
): VaultConnection | string {
  const access = vaultAccess(worker.vault, environment);
  if (access.isKnown) return access;
  const local = worker.vault.address === null ? localVaultConnection(home) : null;
  return local ?? access.reason;
}
