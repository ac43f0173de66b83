import type { CommandContext } from '../context.js';
import { startLocalVault } from './vault-service.js';

/** Prints the providers that have a key in Vault, and the variables whose keys are not used. */
export async function listKeys(
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { config, output } = context;
  const { secretPlace, withSecrets } = await import('../../keys/index.js');
  const { environmentKeys, processEnvironment } = await import('../../config/index.js');
  const environment = processEnvironment();
  const place = secretPlace(config);
  await startLocalVault(context);
  const providers =
    place === 'none'
      ? []
      : await withSecrets(config, environment, (secrets) => secrets.listProviders());
  const unused = environmentKeys(environment);
  if (options.json === true) {
    output.document({
      vault: place === 'vault' ? config.worker.vault.address : place,
      providers,
      unused_environment_keys: unused,
    });
    return;
  }
  for (const provider of providers) output.result(provider);
  if (providers.length === 0)
    output.note('no provider has a key yet: codetether auth set PROVIDER');
  for (const [provider, variable] of Object.entries(unused)) {
    if (!providers.includes(provider))
      output.note(`the key in ${variable} is not used: codetether auth set ${provider}`);
  }
}
