/** Environment variables by name; absent names are not set. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

let taken: EnvironmentVariables | null = null;

/** The environment that this process was started with. No other file reads it; a light file, because the supervisor loads it too. */
export function processEnvironment(): EnvironmentVariables {
  return taken ?? process.env;
}

/** Variables by which Vault, Temporal and the providers' own kits are reached or unlocked. */
const SENSITIVE =
  /^(?:VAULT_|BAO_|OPENAI_|ANTHROPIC_|AZURE_|GEMINI_|GOOGLE_API_KEY$|TEMPORAL_API_KEY$|CODETETHER_TOKEN$)|_API_KEY$/;

/** The variables that may be handed to a program which needs no key: a server, a tool. */
export function withoutSecrets(environment: EnvironmentVariables): EnvironmentVariables {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !SENSITIVE.test(name)));
}

/**
 * Takes keys and the providers' own settings out of this process's environment, so that no library and no child finds
 * them; `processEnvironment` still knows them. For entry files, before anything else is loaded or started.
 */
export function scrubEnvironment(): void {
  taken ??= { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (SENSITIVE.test(name)) delete process.env[name];
  }
}
