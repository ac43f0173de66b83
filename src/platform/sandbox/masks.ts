import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isBelow } from './home-folders.js';
import { COMMAND_LIMITS } from './limits.js';

/** An empty folder of one page: there is nothing in it to hide, and no room to fill. */
const EMPTY_FOLDER = ['--size', '4096', '--perms', '0555', '--tmpfs'];

/** Files of /proc that tell of the kernel or the host, or reach into them. */
const KERNEL_FILES = [
  'sysrq-trigger',
  'keys',
  'key-users',
  'kcore',
  'kmsg',
  'timer_list',
  'sched_debug',
  'kallsyms',
  'vmallocinfo',
  'slabinfo',
  'kpagecount',
  'kpageflags',
  'kpagecgroup',
  'iomem',
  'ioports',
  'config.gz',
  'latency_stats',
  'modules',
];
const KERNEL_FOLDERS = ['acpi', 'asound', 'scsi', 'fs', 'driver'];

/**
 * A private /proc whose switches are read-only, and nothing of /sys but the processors. A file that only root may touch is
 * masked for commands that keep root's user id: each mask costs a fifth of a millisecond of every start.
 */
export function kernelMasks(isHostRoot: boolean): string[] {
  const files = KERNEL_FILES.map((name) => `/proc/${name}`).filter((path) => {
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts !== undefined && (isHostRoot || (facts.mode & 0o007) !== 0);
  });
  const folders = KERNEL_FOLDERS.map((name) => `/proc/${name}`).filter((path) => existsSync(path));
  return [
    '--proc',
    '/proc',
    '--ro-bind',
    '/proc/sys',
    '/proc/sys',
    ...files.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...folders.flatMap((path) => [...EMPTY_FOLDER, path]),
    ...systemMasks(),
  ];
}

/** What is hidden where no private /proc can be mounted. */
export function systemMasks(): string[] {
  const processors = '/sys/devices/system/cpu';
  const kept = ['--ro-bind-try', processors, processors];
  return existsSync('/sys') ? [...EMPTY_FOLDER, '/sys', ...kept] : [];
}

/** /run holds sockets of daemons such as Docker's, which are a way out; these parts of it are needed and harmless. */
const RUN_KEPT = [
  '/run/systemd/resolve',
  '/run/current-system',
  '/run/wrappers',
  '/run/resolvconf',
];
const RUN_BYTES = 1024 * 1024;

/** Private devices and temporary folders, each of its own size: an unsized one is half of the memory. */
export function temporaryMounts(): string[] {
  const { sharedMemoryBytes, temporaryBytes } = COMMAND_LIMITS;
  const sized = (bytes: number, path: string): string[] => [
    '--size',
    String(bytes),
    '--tmpfs',
    path,
  ];
  const args = [
    '--dev',
    '/dev',
    ...sized(sharedMemoryBytes, '/dev/shm'),
    '--remount-ro',
    '/dev',
    ...sized(temporaryBytes, '/tmp'),
    ...(existsSync('/var/tmp') ? sized(temporaryBytes, '/var/tmp') : []),
  ];
  for (const path of ['/run', '/var/run'])
    if (isRealFolder(path)) args.push(...sized(RUN_BYTES, path));
  for (const path of RUN_KEPT) args.push('--ro-bind-try', path, path);
  return args;
}

function isRealFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Read by the real root only; hidden where commands keep its user id. */
const ROOT_ONLY = [
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/security/opasswd',
  '/etc/sudoers',
  '/etc/ssl/private',
  '/etc/krb5.keytab',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/kubelet',
];

/** Accounts and host keys that file modes do not protect from a command which is root. */
export function rootOnlyPaths(): string[] {
  return [...ROOT_ONLY, ...hostKeys()].filter((path) => existsSync(path));
}

function hostKeys(): string[] {
  try {
    return readdirSync('/etc/ssh')
      .filter((name) => name.endsWith('_key'))
      .map((name) => join('/etc/ssh', name));
  } catch {
    return [];
  }
}

/** Below these nothing of the host is seen anyway. */
const PRIVATE_ROOTS = ['/run', '/tmp', '/var/tmp', '/dev', '/proc', '/sys'];

/** Sockets with a name in the file system that a command could connect to: read-only mounts do not stop that. */
export function reachableSockets(): string[] {
  let table: string;
  try {
    table = readFileSync('/proc/net/unix', 'utf8');
  } catch {
    return [];
  }
  const paths = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/).slice(7).join(' '))
    .filter((path) => isAbsolute(path) && !PRIVATE_ROOTS.some((folder) => isBelow(folder, path)));
  return [...new Set(paths)].filter((path) => isSocket(path));
}

/** True while a socket lies there. */
export function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Credentials in a home, for a home that cannot be hidden as a whole. */
const HOME_SECRETS = [
  '.ssh',
  '.gnupg',
  '.password-store',
  '.netrc',
  '.git-credentials',
  '.config/git/credentials',
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.config/glab-cli',
  '.config/op',
  '.oci',
  '.boto',
  '.kube',
  '.docker',
  '.config/containers',
  '.local/share/containers',
  '.helm',
  '.config/helm',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.config/pnpm',
  '.pypirc',
  '.pip',
  '.config/pip',
  '.config/uv',
  '.local/share/uv/credentials',
  '.config/pypoetry',
  '.cargo/credentials',
  '.cargo/credentials.toml',
  '.cargo/config',
  '.cargo/config.toml',
  '.m2/settings.xml',
  '.m2/settings-security.xml',
  '.gradle/gradle.properties',
  '.gradle/init.d',
  '.gem/credentials',
  '.bundle',
  '.composer/auth.json',
  '.config/composer/auth.json',
  '.nuget',
  '.terraform.d',
  '.terraformrc',
  '.vault-token',
  '.bao-token',
  '.pgpass',
  '.my.cnf',
  '.mylogin.cnf',
  '.mongorc.js',
  '.dbshell',
  '.redisclirc_history',
  '.sqlite_history',
  '.psql_history',
  '.mysql_history',
  '.rediscli_history',
  '.bash_history',
  '.zsh_history',
  '.sh_history',
  '.histfile',
  '.local/share/fish',
  '.python_history',
  '.node_repl_history',
  '.lesshst',
  '.viminfo',
  '.mozilla',
  '.thunderbird',
  '.config/google-chrome',
  '.config/chromium',
  '.config/BraveSoftware',
  '.config/microsoft-edge',
  '.config/vivaldi',
  '.config/opera',
  '.local/share/keyrings',
  '.kde/share/apps/kwallet',
  '.local/share/kwalletd',
  '.config/rclone',
  '.config/codetether-agent',
  '.local/share/codetether-agent',
  '.config/anthropic',
  '.claude',
  '.codex',
  '.gemini',
  '.config/openai',
  '.Xauthority',
  '.ICEauthority',
];

/** Credentials of homes that stay visible; they exist. */
export function visibleSecrets(hidden: readonly string[]): string[] {
  const home = homedir();
  if (hidden.includes(home)) return [];
  return HOME_SECRETS.map((path) => join(home, path)).filter((path) => existsSync(path));
}

/** Arguments that hide single files and folders. */
export function hidePaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    isRealFolder(path) ? [...EMPTY_FOLDER, path] : ['--ro-bind', '/dev/null', path],
  );
}
