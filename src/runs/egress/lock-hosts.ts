import { basename } from 'node:path';
import type { CommitFiles } from '../../platform/index.js';

/** Files of a repository that name where packages come from, and the keys before an address that count there. */
const SOURCES: readonly (readonly [file: RegExp, keys: string])[] = [
  [/^(package-lock|npm-shrinkwrap)\.json$/, '"resolved"'],
  [/^yarn\.lock$/, 'resolved|resolution'],
  [/^pnpm-lock\.yaml$/, 'tarball|repo'],
  [/^bun\.lock$/, '"[^"\\n]{1,200}"\\s*:\\s*\\["[^"\\n]{1,200}"\\s*'],
  [/^(uv|poetry|pdm)\.lock$/, 'url|registry|git|index'],
  [/^Pipfile(\.lock)?$/, '"?url"?'],
  [/^pyproject\.toml$/, 'url|git'],
  [
    /^requirements[^/]{0,100}\.txt$|^[\w.-]{0,60}[-_.]requirements\.txt$/,
    '-i|-f|--index-url|--extra-index-url|--find-links|@|-e',
  ],
  [/^Cargo\.(lock|toml)$/, 'source|git|registry'],
  [/^\.?config\.toml$/, 'index|registry'],
  [/^\.npmrc$/, '(?:@[\\w.-]{1,100}:)?registry'],
  [/^\.yarnrc(\.yml)?$/, 'registry|npmRegistryServer'],
  [/^Gemfile(\.lock)?$/, 'source|remote'],
  [/^composer\.lock$/, '"url"'],
];
/** Names that are a lock file in one folder and anything in another. */
const ONLY_BELOW: Readonly<Record<string, string>> = { 'config.toml': '.cargo/config.toml' };
const MAX_FILES = 200;
const MAX_TEXT = 32 * 1024 * 1024;
const MAX_HOSTS = 100;
const HTTPS_PORT = '443';

/**
 * Hosts that the lock files and registry settings of a commit name, `host` or `host:port`, sorted. Plain http is left out:
 * the egress proxy carries encrypted connections only.
 */
export async function lockFileHosts(files: CommitFiles): Promise<string[]> {
  const hosts = new Set<string>();
  const paths = files.paths.filter((path) => keysOf(path) !== undefined).slice(0, MAX_FILES);
  for (const path of paths) {
    const text = (await files.read(path)) ?? '';
    for (const host of hostsIn(path, text.slice(0, MAX_TEXT))) hosts.add(host);
    if (hosts.size >= MAX_HOSTS) break;
  }
  return [...hosts].sort();
}

function keysOf(path: string): string | undefined {
  const name = basename(path);
  const wanted = ONLY_BELOW[name];
  if (wanted !== undefined && path !== wanted && !path.endsWith(`/${wanted}`)) return undefined;
  return SOURCES.find(([file]) => file.test(name))?.[1];
}

/** Hosts that one file names after its keys. */
export function hostsIn(path: string, text: string): string[] {
  const keys = keysOf(path);
  if (keys === undefined) return [];
  const gap = '["\']?\\s{0,20}[:=]?\\s{0,20}["\'(]?(?:[\\w.-]{1,100}@)?';
  const scheme = '(?:(?:git|registry|sparse)\\+)?(?:https|ssh|git\\+ssh|git)://';
  const host = '(?:[^@/\\s"\']{1,200}@)?([a-z0-9][a-z0-9.-]{0,252})(?::(\\d{1,5}))?';
  const pattern = new RegExp(`(?:${keys})${gap}${scheme}${host}`, 'gi');
  const found = [...text.matchAll(pattern)].map(([, name = '', port]) =>
    port === undefined || port === HTTPS_PORT || port === '22'
      ? name.toLowerCase()
      : `${name.toLowerCase()}:${port}`,
  );
  return [...new Set(found)];
}
