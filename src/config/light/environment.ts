import { fstatSync, readFileSync } from 'node:fs';

/** Environment variables by name; absent names are not set. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

let taken: EnvironmentVariables | null = null;

/** The environment that this process was started with. No other file reads it; a light file, because the supervisor loads it too. */
export function processEnvironment(): EnvironmentVariables {
  return taken ?? process.env;
}

/** Does work while variables have other values in this process: packages decide by some of them while they are loaded. */
export async function underVariables<Result>(
  values: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Variables by which Vault, Temporal, clouds and the providers' own kits are reached or unlocked, and whatever is named like a secret. */
const SENSITIVE =
  /^(?:VAULT_|BAO_|OPENAI_|ANTHROPIC_|AZURE_|GEMINI_|AWS_|GOOGLE_API_KEY$|GOOGLE_APPLICATION_CREDENTIALS$|TEMPORAL_API_KEY$|CODETETHER_TOKEN$)|_(?:API_KEY|TOKEN|SECRET|SECRET_KEY|ACCESS_KEY|PASSWORD|PASSWD|CREDENTIALS)$/i;

/** A proxy's address with a password in it. */
const isSecret = (name: string, value: string | undefined): boolean =>
  SENSITIVE.test(name) ||
  (/^(?:https?|all)_proxy$/i.test(name) && /\/\/[^/\s]*@/.test(value ?? ''));

/** The variables that may be handed to a program which needs no key: a server, a tool. */
export function withoutSecrets(environment: EnvironmentVariables): EnvironmentVariables {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => !isSecret(name, value)),
  );
}

/**
 * The variables that {@link withoutSecrets} leaves out, as one JSON text. It goes to a process of ours by its standard input,
 * never by its environment: that could be read by every process of the same user.
 */
export function secretsText(environment: EnvironmentVariables): string {
  const secrets = Object.entries(environment).filter(([name, value]) => isSecret(name, value));
  return JSON.stringify(Object.fromEntries(secrets));
}

/**
 * Takes over what {@link secretsText} wrote, for this process alone; an empty text or one that is none of ours is no secret.
 * For entry files, before anything else is loaded or started.
 */
export function receiveSecrets(text: string): void {
  let secrets: unknown;
  try {
    secrets = JSON.parse(text);
  } catch {
    secrets = {};
  }
  const entries = Object.entries(typeof secrets === 'object' && secrets !== null ? secrets : {});
  const known = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  taken = { ...(taken ?? process.env), ...Object.fromEntries(known) };
}

/** {@link receiveSecrets} from standard input, when a pipe was given as one; returns when its other end is closed. */
export function receiveSecretsByInput(): void {
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  receiveSecrets(readFileSync(0, 'utf8'));
}

/**
 * Takes keys and the providers' own settings out of this process's environment, so that no library and no child finds
 * them; `processEnvironment` still knows them. For entry files, before anything else is loaded or started.
 */
export function scrubEnvironment(): void {
  taken ??= { ...process.env };
  for (const [name, value] of Object.entries(process.env)) {
    if (isSecret(name, value)) delete process.env[name];
  }
}
