/** Environment variables by name; absent names are not set. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** The environment of this process. No other file reads it; a light file, because the supervisor loads it too. */
export function processEnvironment(): EnvironmentVariables {
  return process.env;
}
