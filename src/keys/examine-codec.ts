import type { Config } from '../config/index.js';
import { hasLocalVault, isLocalVaultRunning } from './local-vault.js';
import { openEnvelope } from './open-envelope.js';

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
