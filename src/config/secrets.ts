import type { EnvironmentVariables } from './light/environment.js';

/** Key variables of the providers' own tools, by provider. They are never used, only named in the refusal. */
const KEY_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'azure-anthropic': ['AZURE_ANTHROPIC_API_KEY', 'ANTHROPIC_FOUNDRY_API_KEY', 'AZURE_API_KEY'],
  anthropic: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'],
  deepseek: ['DEEPSEEK_API_KEY'],
  google: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  moonshotai: ['MOONSHOT_API_KEY', 'MOONSHOTAI_API_KEY', 'KIMI_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  openrouter: ['OPENROUTER_API_KEY'],
  stepfun: ['STEPFUN_API_KEY', 'STEP_API_KEY'],
};

/** Names of the key variables that are set, by provider; values are not read. */
export function environmentKeys(environment: EnvironmentVariables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(KEY_VARIABLES).flatMap(([provider, names]) => {
      const name = names.find((candidate) => (environment[candidate] ?? '') !== '');
      return name === undefined ? [] : [[provider, name]];
    }),
  );
}

/** The Vault token of the environment, or null. Kept apart from the configuration so that it is never serialised. */
export function vaultToken(environment: EnvironmentVariables): string | null {
  return nonEmptyValue(environment['VAULT_TOKEN']);
}

/** The crash point that a fault test asks for, or null. */
export function crashPointName(environment: EnvironmentVariables): string | null {
  return nonEmptyValue(environment['CODETETHER_CRASH_AT']);
}

function nonEmptyValue(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
