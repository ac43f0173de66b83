import {
  a2aSecretName,
  gitSecretName,
  InvalidInputError,
  mcpSecretName,
  providerNames,
  suggestedModel,
  NOTIFY_SECRET,
} from '../../domain/index.js';
import type { CommandContext } from '../context.js';
import type { SetOptions } from './options.js';
import { namedModel } from './named-model.js';
import { readKey } from './read-key.js';
import { startLocalVault } from './vault-service.js';

/** Stores a provider's key in the Vault that is configured, or in a local one that it starts. */
export async function setKey(
  provider: string,
  options: SetOptions,
  context: CommandContext,
): Promise<void> {
  const { config, output } = context;
  requireProvider(provider, options, context);
  const model = options.model === undefined ? undefined : namedModel(provider, options.model);
  const { localVaultMemory, requestLocalVault, secretPlace, withSecrets } =
    await import('../../keys/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const fields = { ...settingsOf(options), api_key: await readKey(provider) };
  if (secretPlace(config) === 'none') await requestLocalVault(config);
  await startLocalVault(context);
  const path = await withSecrets(config, processEnvironment(), (secrets) =>
    secrets.storeProviderSecret(provider, fields),
  );
  const isLocal = secretPlace(config) === 'local';
  const next = testOf(provider);
  const chosen =
    next === undefined
      ? await chooseModel(model ?? suggestedModel(provider), context)
      : { model: null, isWritten: false };
  if (options.json === true) {
    output.document({
      provider,
      vault: isLocal ? 'local' : config.worker.vault.address,
      path,
      fields: Object.keys(fields).sort(),
      default_model: chosen.model,
      default_model_written: chosen.isWritten,
    });
    return;
  }
  output.result(
    `the key of ${provider} is stored in ${isLocal ? 'the local Vault' : config.worker.vault.address} at ${path}`,
  );
  if (isLocal) {
    output.result(
      `  OpenBao on this machine, state in ${config.home}/vault; ${memoryNote(localVaultMemory(config.home))}good for one person on one machine. A team sets VAULT_ADDR to its own Vault.`,
    );
  }
  if (chosen.isWritten)
    output.result(`  default_model = "${chosen.model}" is now in ${config.userFile}`);
  output.result(
    next === undefined
      ? `next: codetether auth test ${provider}, then: codetether ralph run -p prd.json`
      : `next: ${next}`,
  );
}

/** What tries the token of an MCP server or of an agent elsewhere; undefined for a provider. */
function testOf(provider: string): string | undefined {
  const tests = [
    [mcpSecretName(''), 'codetether mcp test'],
    [a2aSecretName(''), 'codetether a2a list'],
  ] as const;
  for (const [prefix, command] of tests)
    if (provider.startsWith(prefix)) return `${command} ${provider.slice(prefix.length)}`;
  if (provider.startsWith(gitSecretName('')))
    return 'hand in a task with git_url: a token that is not taken rejects it with the reason';
  return undefined;
}

function memoryNote(bytes: number | null): string {
  return bytes === null ? '' : `${Math.round(bytes / 1e6)} MB of memory; `;
}

/** Engines of `websearch` whose keys lie beside those of providers. */
const SEARCH_KEYS: readonly string[] = ['brave', 'exa', 'tavily'];

function requireProvider(provider: string, options: SetOptions, { config }: CommandContext): void {
  const servers = config.worker.mcp.map(({ name }) => mcpSecretName(name));
  const agents = config.worker.a2a.map(({ name }) => a2aSecretName(name));
  const logins = config.worker.tasks.gitCredentials.map(({ name }) => gitSecretName(name));
  const providers = providerNames(config.worker.providers);
  const known = [...providers, NOTIFY_SECRET, ...SEARCH_KEYS, ...servers, ...agents, ...logins];
  if (known.includes(provider)) return;
  const isName = /^[a-z0-9][a-z0-9._-]*$/.test(provider);
  if (isName && options.baseUrl !== undefined) return;
  throw new InvalidInputError('ERR_PROVIDER_UNKNOWN', {
    message: `"${isName ? provider : 'this'}" is not a known provider`,
    where: { field: 'provider' },
    hint: `use one of ${known.join(', ')}, or describe it as [providers.NAME] in ${config.userFile}`,
  });
}

function settingsOf(options: SetOptions): Readonly<Record<string, string>> {
  const { baseUrl, organization, resource } = options;
  return {
    ...(baseUrl === undefined ? {} : { base_url: baseUrl }),
    ...(organization === undefined ? {} : { organization }),
    ...(resource === undefined ? {} : { resource }),
  };
}

interface ChosenModel {
  readonly model: string | null;
  readonly isWritten: boolean;
}

/** Where nobody has named a model yet, this provider's becomes the default, so that the next command needs no flag. */
async function chooseModel(
  suggested: string | null,
  { config, output }: CommandContext,
): Promise<ChosenModel> {
  if (config.defaultModel !== null)
    return { model: config.defaultModel.reference, isWritten: false };
  if (suggested === null) {
    output.note('no default_model is set: name a model with -m');
    return { model: null, isWritten: false };
  }
  const { planConfigChange } = await import('../../config/index.js');
  const { writeConfigFile } = await import('../../upkeep/index.js');
  try {
    await writeConfigFile(await planConfigChange({ key: 'default_model', value: suggested }));
    return { model: suggested, isWritten: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    output.note(
      `${config.userFile} could not be changed (${reason}); add this line at its top:\ndefault_model = "${suggested}"`,
    );
    return { model: suggested, isWritten: false };
  }
}
