import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import type { EnvironmentVariables } from '../../config/index.js';
import { REGISTRY_HOSTS, fieldsOf, jsonFields, type SetupStep } from '../../domain/index.js';

const ASK_TIMEOUT_MS = 10_000;

/** Registries of the user's own. */
export interface RegistrySettings {
  /** What set-up commands are given, without credentials. */
  readonly variables: Readonly<Record<string, string>>;
  /** `host` or `host:port`. */
  readonly hosts: readonly string[];
}

type Steps = readonly Pick<SetupStep, 'command'>[];

/**
 * The registries that the user's package managers are set to, asked of those that the set-up commands name: they read the
 * user's files, which commands in the sandbox cannot. A manager that is missing or does not answer has none.
 */
export async function registrySettings(
  steps: Steps,
  environment: EnvironmentVariables,
): Promise<RegistrySettings> {
  const commands = steps.map(({ command }) => command).join('\n');
  const asked = await Promise.all([
    /\b(npm|npx|pnpm|yarn|bun)\b/.test(commands) ? npmSettings(environment) : [],
    /\b(pip3?|python3?|uv|poetry)\b/.test(commands) ? pipSettings(environment) : [],
    /\bgo\b/.test(commands) ? goSettings(environment) : [],
    /\bcargo\b/.test(commands) ? cargoSettings(environment) : [],
  ]);
  const entries = asked.flat().filter(([, value]) => value !== '' && value !== 'undefined');
  const hosts = entries.flatMap(([, value]) => hostsOf(value));
  const variables = entries
    .filter(([name, value]) => name !== '' && !isDefault(value))
    .map(([name, value]) => [name, withoutCredentials(value)] as const);
  return { variables: Object.fromEntries(variables), hosts: [...new Set(hosts)] };
}

const DEFAULTS: readonly string[] = ['sum.golang.org', 'auto', 'https://proxy.golang.org,direct'];

/** What a manager does without being told. */
function isDefault(value: string): boolean {
  const hosts = hostsOf(value);
  const isPublic = hosts.length > 0 && hosts.every((host) => REGISTRY_HOSTS.includes(host));
  return DEFAULTS.includes(value) || isPublic;
}

/** A variable's name, empty when only the hosts of the value count, and its value. */
type Setting = readonly [name: string, value: string];

async function npmSettings(environment: EnvironmentVariables): Promise<Setting[]> {
  const answer = await ask('npm', ['config', 'list', '--json'], environment);
  const settings = jsonFields(answer) ?? {};
  return Object.entries(settings).flatMap(([key, value]): Setting[] => {
    if (typeof value !== 'string') return [];
    if (key === 'registry') return [['npm_config_registry', value]];
    return /^@[\w.-]+:registry$/.test(key) ? [[`npm_config_${key}`, value]] : [];
  });
}

async function pipSettings(environment: EnvironmentVariables): Promise<Setting[]> {
  const answer = await ask('pip', ['config', 'list'], environment);
  const settings = answer.split('\n').flatMap((line): Setting[] => {
    const [, key = '', value = ''] =
      /^(?:global|user|install|site|:env:)\.([\w-]+)='?(.*?)'?$/.exec(line) ?? [];
    if (key === 'index-url') return [['PIP_INDEX_URL', value]];
    if (key === 'extra-index-url') return [['PIP_EXTRA_INDEX_URL', value.replaceAll('\\n', ' ')]];
    return [];
  });
  const [, index] = settings.find(([name]) => name === 'PIP_INDEX_URL') ?? [];
  return index === undefined || environment['UV_DEFAULT_INDEX'] !== undefined
    ? settings
    : [...settings, ['UV_DEFAULT_INDEX', index]];
}

const GO_NAMES = ['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOPROXY', 'GOPRIVATE', 'GOTOOLCHAIN'];

async function goSettings(environment: EnvironmentVariables): Promise<Setting[]> {
  const settings = jsonFields(await ask('go', ['env', '-json', ...GO_NAMES], environment)) ?? {};
  return GO_NAMES.flatMap((name): Setting[] => {
    const value = settings[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
}

/** Cargo's own files: a replaced crates.io is given by variables as far as Cargo has them, its host is let through. */
async function cargoSettings(environment: EnvironmentVariables): Promise<Setting[]> {
  const folder = environment['CARGO_HOME'] ?? join(environment['HOME'] ?? homedir(), '.cargo');
  for (const name of ['config.toml', 'config']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return cargoAddresses(text);
  }
  return [];
}

function cargoAddresses(text: string): Setting[] {
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch {
    return [];
  }
  const registries = Object.entries(fieldsOf(document['registries'])).flatMap(
    ([name, registry]): Setting[] => {
      const { index } = fieldsOf(registry);
      const variable = `CARGO_REGISTRIES_${name.toUpperCase().replaceAll('-', '_')}_INDEX`;
      return typeof index === 'string' ? [[variable, index]] : [];
    },
  );
  const sources = Object.values(fieldsOf(document['source'])).flatMap((source): Setting[] => {
    const { registry } = fieldsOf(source);
    return typeof registry === 'string' ? [['', registry]] : [];
  });
  return [...registries, ...sources];
}

/** Asked outside of every project, whose files come from strangers; empty when it does not answer. */
function ask(
  program: string,
  args: readonly string[],
  environment: EnvironmentVariables,
): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: '/', env: { ...environment }, timeout: ASK_TIMEOUT_MS };
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout : ''));
  });
}

/** Hosts of every https address in a value; Go and pip keep several in one. */
export function hostsOf(value: string): string[] {
  const pattern = /https:\/\/(?:[^@/\s]{1,200}@)?([a-z0-9][a-z0-9.-]{0,252})(?::(\d{1,5}))?/gi;
  return [...value.matchAll(pattern)].map(([, host = '', port]) =>
    port === undefined || port === '443' ? host.toLowerCase() : `${host.toLowerCase()}:${port}`,
  );
}

/** The value without `user:password@` in its addresses: set-up runs code of the packages it installs. */
export function withoutCredentials(value: string): string {
  return value.replaceAll(/(https?:\/\/)[^@/\s]{1,500}@/gi, '$1');
}
