import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostEnvironment } from '../process/host-environment.js';
import { TOOLCHAIN_VARIABLES } from './home-folders.js';

/** Host variables that a command may see: where programs are, how text is written, where toolchains live. */
const ALLOWED = [
  'PATH',
  'LANG',
  'LANGUAGE',
  'TERM',
  'TZ',
  ...TOOLCHAIN_VARIABLES,
  'NIX_PATH',
] as const;

/** Never passed on, whoever asks: keys of providers and Vault, and our own settings. */
const REFUSED =
  /^(VAULT_|BAO_|CODETETHER_|OPENAI_|ANTHROPIC_|TEMPORAL_|AWS_|AZURE_|GOOGLE_|GEMINI_|GIT_|LD_|DYLD_)|(_API_KEY|_TOKEN|_SECRET|_PASSWORD)$/;

/** Proxies are for commands that may use the network at all. */
const PROXY = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const;

/**
 * Toolchain managers whose programs on PATH look for their toolchains below HOME. Commands get a private HOME, so the
 * user's folder is named where no variable does.
 */
const TOOLCHAIN_FOLDERS: Readonly<Record<string, string>> = {
  RUSTUP_HOME: '.rustup',
  PYENV_ROOT: '.pyenv',
  VOLTA_HOME: '.volta',
};

function toolchains(host: Readonly<Record<string, string>>): Record<string, string> {
  const home = host['HOME'];
  if (home === undefined) return {};
  const found = Object.entries(TOOLCHAIN_FOLDERS)
    .map(([name, folder]) => [name, join(home, folder)] as const)
    .filter(([name, path]) => host[name] === undefined && existsSync(path));
  return Object.fromEntries(found);
}

/** What a command's environment is made of. */
export interface CommandEnvironmentOptions {
  /** Private home folder of the command. */
  readonly home: string;
  readonly hasNetwork: boolean;
  /** Added on top; names that could hold a secret are dropped. */
  readonly extra?: Readonly<Record<string, string>> | undefined;
}

/** The whole environment of a command: an allow-list of the host's, a private HOME, and the extras. */
export function commandEnvironment(options: CommandEnvironmentOptions): Record<string, string> {
  const host = hostEnvironment();
  const environment: Record<string, string> = {
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    ...toolchains(host),
  };
  const allowed: readonly string[] = options.hasNetwork ? [...ALLOWED, ...PROXY] : ALLOWED;
  for (const name of allowed) {
    const value = host[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(host)) {
    if (name.startsWith('LC_')) environment[name] = value;
  }
  for (const [name, value] of Object.entries(options.extra ?? {})) {
    if (!REFUSED.test(name)) environment[name] = value;
  }
  environment['HOME'] = options.home;
  return environment;
}
