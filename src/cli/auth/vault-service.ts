import type { CommandContext } from '../context.js';

/** Starts the service where the keys lie in its own OpenBao, which it runs; nothing for a Vault elsewhere. */
export async function startLocalVault(context: CommandContext): Promise<void> {
  const { config, globals, output } = context;
  const { ensureRunning } = await import('../../service/index.js');
  const { isLocalVaultRunning, prepareLocalVault, secretPlace } =
    await import('../../keys/index.js');
  if (secretPlace(config) !== 'local') return;
  await ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress: (text) => output.note(text),
  });
  // A service that was there may have it only for a moment.
  if (!isLocalVaultRunning(config.home)) output.note('waiting for the local OpenBao');
  await prepareLocalVault(config);
}
