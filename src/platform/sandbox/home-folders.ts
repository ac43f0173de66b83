import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { isWithin } from '../light/within.js';
import { hostEnvironment } from '../process/host-environment.js';

/** What toolchains keep in a home and cannot run without; everything else there is hidden. Listed in docs/operations.md. */
const TOOLCHAINS = [
  '.asdf',
  '.bun/bin',
  '.bun/install/global',
  '.cargo/bin',
  '.deno/bin',
  '.dotnet',
  '.fnm',
  '.ghcup',
  '.goenv',
  '.gradle/caches',
  '.gradle/wrapper',
  '.jenv',
  '.linuxbrew',
  '.local/bin',
  '.local/lib',
  '.local/pipx',
  '.local/share/fnm',
  '.local/share/mise',
  '.local/share/pipx',
  '.local/share/pnpm',
  '.local/share/uv/python',
  '.local/share/uv/tools',
  '.local/state/fnm_multishells',
  '.m2/repository',
  '.m2/wrapper',
  '.nix-defexpr',
  '.nix-profile',
  '.nodenv',
  '.nvm',
  '.phpenv',
  '.proto',
  '.pyenv',
  '.rbenv',
  '.rustup',
  '.rvm',
  '.sdkman',
  '.swiftly',
  '.volta',
  'miniconda3',
  'anaconda3',
  'miniforge3',
] as const;

/** Variables that name a toolchain or a certificate; commands get them, and see what they name. */
export const TOOLCHAIN_VARIABLES = [
  'JAVA_HOME',
  'GOROOT',
  'RUSTUP_HOME',
  'PYENV_ROOT',
  'NVM_DIR',
  'VOLTA_HOME',
  'VIRTUAL_ENV',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/** Certificates that set-up alone is told of. */
const CERTIFICATE_VARIABLES = [
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
];

/** Secrets inside what {@link TOOLCHAINS} puts back. */
const SECRETS_INSIDE = [
  '.gradle/caches/configuration-cache',
  '.nvm/.npmrc',
  '.rbenv/credentials',
  '.rvm/user',
] as const;

/** Folders that hold a system, whoever calls one of them home. */
const SYSTEM = new Set([
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/lib64',
  '/nix',
  '/opt',
  '/proc',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
  '/var/lib',
  '/var/tmp',
]);

/** Homes of this process's user that are hidden from commands: the one of the environment, and the account's own. */
export function hiddenHomes(): string[] {
  const homes = [hostEnvironment()['HOME'] ?? '', homedir()];
  const real = homes
    .filter((home) => isAbsolute(home) && existsSync(home))
    .map((home) => realpathSync(home));
  return [...new Set(real)].filter((home) => !SYSTEM.has(home));
}

/** Files and folders below a hidden home that commands need to find programs and certificates; they exist. */
export function keptOfHome(home: string): string[] {
  const host = hostEnvironment();
  const named = [...TOOLCHAIN_VARIABLES, ...CERTIFICATE_VARIABLES].flatMap((name) =>
    host[name] === undefined ? [] : [host[name]],
  );
  const wanted = [
    ...TOOLCHAINS.map((path) => join(home, path)),
    ...named,
    ...(host['PATH'] ?? '').split(delimiter).map(withSurroundings(home)),
    withSurroundings(home)(dirname(process.execPath)),
  ];
  const inside = wanted.filter((path) => isAbsolute(path) && isBelow(home, path));
  return outermost(inside.filter((path) => isHarmless(home, path)));
}

/** Secrets inside what is kept of a home; they exist. */
export function secretsOfHome(home: string): string[] {
  return SECRETS_INSIDE.map((path) => join(home, path)).filter((path) => existsSync(path));
}

/** A program finds its libraries beside its own folder: `tools/node/bin` brings `tools/node`. */
function withSurroundings(home: string): (folder: string) => string {
  const shared = new Set([home, join(home, '.local'), join(home, '.cargo'), join(home, '.bun')]);
  return (folder) => {
    const parent = dirname(folder);
    const isProgramFolder = ['bin', 'sbin', 'shims'].includes(basename(folder));
    return isProgramFolder && !shared.has(parent) ? parent : folder;
  };
}

/** A link to the home itself, or to what holds it, would show everything again. */
function isHarmless(home: string, path: string): boolean {
  try {
    const target = realpathSync(path);
    return target !== home && !isBelow(target, home);
  } catch {
    return false;
  }
}

/** True when `path` lies below `folder` and is not the folder itself. */
export function isBelow(folder: string, path: string): boolean {
  return isWithin(folder, path) && relative(folder, path) !== '';
}

/** Without paths that lie below another one of the list, and without doubles. */
export function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => isBelow(other, path)));
}
