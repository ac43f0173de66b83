import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hostEnvironment } from '../../../platform/index.js';

/**
 * Where package managers keep what they fetched. Managers that link files from their cache into the project are told to
 * copy: a lane must not be able to change what other lanes get.
 */
function cacheLocations(cache: string): Record<string, string> {
  return {
    CARGO_HOME: join(cache, 'cargo'),
    GOMODCACHE: join(cache, 'go-mod'),
    YARN_CACHE_FOLDER: join(cache, 'yarn'),
    YARN_GLOBAL_FOLDER: join(cache, 'yarn-berry'),
    YARN_ENABLE_GLOBAL_CACHE: 'true',
  };
}

/** Names of the folders that commands without network read, below where packages lie. */
export const OFFLINE_FOLDERS: readonly string[] = ['cargo', 'go-mod', 'yarn', 'yarn-berry'];

/** Registries of the user's own; which of them a set-up gets to see is decided by {@link registrySettings}. */
const REGISTRY_VARIABLES = [
  'npm_config_registry',
  'NPM_CONFIG_REGISTRY',
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_CERT',
  'PIP_DEFAULT_TIMEOUT',
  'UV_INDEX_URL',
  'UV_DEFAULT_INDEX',
  'UV_INDEX',
  'GOPROXY',
  'GOSUMDB',
  'GONOSUMDB',
  'GOPRIVATE',
  'GOINSECURE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
] as const;

/** Variables of commands that fetch packages; the folders are created. */
export async function setupVariables(cache: string): Promise<Record<string, string>> {
  const locations = {
    ...cacheLocations(cache),
    npm_config_cache: join(cache, 'npm'),
    npm_config_store_dir: join(cache, 'pnpm'),
    BUN_INSTALL_CACHE_DIR: join(cache, 'bun'),
    PIP_CACHE_DIR: join(cache, 'pip'),
    UV_CACHE_DIR: join(cache, 'uv'),
    POETRY_CACHE_DIR: join(cache, 'poetry'),
  };
  await mkdir(cache, { recursive: true });
  return {
    CI: 'true',
    ...registrySettings(),
    ...locations,
    npm_config_package_import_method: 'copy',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    UV_LINK_MODE: 'copy',
    // As pip does: what Python compiles later, below what set-up made, is thrown away with each proof.
    UV_COMPILE_BYTECODE: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    POETRY_VIRTUALENVS_IN_PROJECT: 'true',
    // Read-only module folders could not be removed again.
    GOFLAGS: goFlags('-modcacherw'),
  };
}

/** Variables of checks and of agents' commands: the same caches, read-only and without network. */
export function offlineVariables(cache: string): Record<string, string> {
  return {
    ...cacheLocations(cache),
    CARGO_NET_OFFLINE: 'true',
    GOPROXY: 'off',
    GOFLAGS: goFlags(),
    UV_OFFLINE: '1',
    UV_NO_SYNC: '1',
  };
}

/** The user's registry settings without those that hold a password: set-up runs code of the packages it installs. */
function registrySettings(): Record<string, string> {
  const host = hostEnvironment();
  const settings: Record<string, string> = {};
  for (const name of REGISTRY_VARIABLES) {
    const value = host[name];
    if (value !== undefined && !/\/\/[^/\s]*@/.test(value)) settings[name] = value;
  }
  return settings;
}

function goFlags(...further: readonly string[]): string {
  return [hostEnvironment()['GOFLAGS'] ?? '', ...further].join(' ').trim();
}
