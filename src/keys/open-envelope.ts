import { processEnvironment, type Config } from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import { rememberSecret } from '../observability/index.js';
import {
  createEnvelope,
  createPatientKeys,
  createTransitDataKeys,
  createVaultClient,
  type Envelope,
} from '../platform/index.js';
import { knownVault, type HomeSettings } from './known-vault.js';
import { secretPlace } from './open-secrets.js';

/** Options of {@link openEnvelope}. */
export interface EnvelopeSource {
  /** Told of what an operator should know, never of a secret. Default: nobody. */
  readonly log?: (message: string) => void;
  /** Wait for keys instead of failing, as Temporal's worker needs it. Default false. */
  readonly isPatient?: boolean;
}

/**
 * Encryption by the key of the Vault that the settings name, else of the home's own; null when `[codec]` is off. Asks
 * nothing yet. Throws `ERR_CODEC_VAULT` (exit 2) when it is on and no Vault is known.
 */
export function openEnvelope(source: HomeSettings, options: EnvelopeSource = {}): Envelope | null {
  const { codec } = source.worker;
  if (!codec.isEnabled) return null;
  const vault = knownVault(source, processEnvironment());
  if (typeof vault === 'string') throw withoutVault(vault);
  const client = createVaultClient(vault, {
    log: options.log,
    onToken: (token) => rememberSecret('vault-token', token),
  });
  const keys = createTransitDataKeys(client, codec);
  if (options.isPatient !== true) return createEnvelope(keys);
  return createEnvelope(createPatientKeys(keys, { log: options.log ?? (() => undefined) }));
}

/** Throws `ERR_CODEC_VAULT` when `[codec]` is on and there is no Vault to hold the key: nothing may start plain then. */
export function requireCodecVault(config: Config): void {
  if (!config.worker.codec.isEnabled || secretPlace(config) !== 'none') return;
  throw withoutVault('no address is configured, and this home has no OpenBao of its own');
}

function withoutVault(reason: string): InvalidInputError {
  return new InvalidInputError('ERR_CODEC_VAULT', {
    message: `[codec] is on, and its key cannot be asked for: ${reason}`,
    where: { field: 'codec.enabled' },
    hint: 'codetether auth set PROVIDER makes a local OpenBao; or set VAULT_ADDR and a token; or switch [codec] off',
  });
}
