import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Containment } from '../process/run-process.js';
import { commandEnvironment } from './environment.js';
import { unshareArguments, type Sandbox } from './sandbox.js';

/** Whether a command may reach anything but its own loopback. */
export type NetworkAccess = 'none' | 'full';

/** A command and what it may touch. All paths are absolute. */
export interface SandboxedCommand {
  readonly argv: readonly [string, ...string[]];
  /** The folder that is writable. */
  readonly root: string;
  /** Where the command starts, inside `root`. */
  readonly cwd: string;
  /** Private home folder, writable, created when missing; outside `root`. */
  readonly home: string;
  /** Folders whose content must not be seen, for example CODETETHER_HOME; `root` and `home` may lie inside. */
  readonly masked: readonly string[];
  readonly network: NetworkAccess;
  readonly extraEnv?: Readonly<Record<string, string>>;
  /** Further writable folders, for example a shared package cache. */
  readonly writable?: readonly string[];
  /** Folders inside a masked one that may be read, for example the object store that a lane's `.git` borrows from. */
  readonly readable?: readonly string[];
}

/** The same command inside the sandbox, ready for runProcess. Standard error arrives in standard output, in order. */
export interface WrappedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly containment: Containment;
}

/**
 * The namespace's init: when it ends, the kernel ends everything the command left behind, and only then does the
 * wrapper report the exit, so no daemon can write after a snapshot.
 */
const INIT_SCRIPT = 'exec 2>/dev/null; (exec "$@" 2>&1); exit $?';

/**
 * Without a namespace: a reader on file descriptor 3 kills the group when our end of the pipe closes. Processes that
 * left the group are found by a mark in their environment, where /proc shows it; one that cleared it stays.
 */
const LIFELINE_SCRIPT = `exec 2>/dev/null
mark="SANDBOX_MARK=$1"
shift
sweep() {
  for file in $(grep -ls -- "$mark" /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    kill -s KILL "\${file%/environ}"
  done
}
{ trap '' TERM; read -r _ <&3; sweep; sweep; kill -s KILL 0; } >/dev/null &
watchdog=$!
trap : TERM
exec 3<&-
(export "$mark"; exec "$@" 2>&1)
code=$?
kill -s KILL "$watchdog"
sweep
exit "$code"`;

/** Folders of a user's home that hold secrets; hidden where they exist. */
const SECRET_FOLDERS = [
  '.ssh',
  '.aws',
  '.azure',
  '.gnupg',
  '.kube',
  '.docker',
  '.config/gh',
  '.config/gcloud',
  '.config/op',
  '.config/codetether-agent',
  '.local/share/keyrings',
  '.local/share/codetether-agent',
  '.password-store',
];
const SECRET_FILES = [
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.git-credentials',
  '.vault-token',
  '.config/git/credentials',
];

/** /run holds sockets of daemons such as Docker's, which are a way out; these parts of it are needed and harmless. */
const RUN_KEPT = [
  '/run/systemd/resolve',
  '/run/current-system',
  '/run/wrappers',
  '/run/resolvconf',
];

/** Puts `command` into the sandbox. The environment is built here from an allow-list; no provider key reaches it. */
export function wrapCommand(sandbox: Sandbox, command: SandboxedCommand): WrappedCommand {
  mkdirSync(command.home, { recursive: true, mode: 0o700 });
  const env = commandEnvironment({
    home: command.home,
    hasNetwork: command.network === 'full' || !sandbox.kinds.includes('network-switch'),
    extra: command.extraEnv,
  });
  const inner = ['/bin/sh', '-c', INIT_SCRIPT, 'sandbox', ...command.argv];
  const base = { cwd: command.cwd, env };
  switch (sandbox.backend) {
    case 'bwrap':
    case 'bwrap-no-proc':
      return {
        ...base,
        command: sandbox.program,
        args: [...bubblewrapArguments(sandbox, command), '--', ...inner],
        containment: 'inner-init',
      };
    case 'unshare':
    case 'unshare-user': {
      const session = ['setsid', ...inner];
      const args = [
        '--pdeathsig',
        'KILL',
        sandbox.program,
        ...unshareArguments(sandbox.backend),
        '--',
        ...session,
      ];
      return { ...base, command: sandbox.setpriv, args, containment: 'inner-init' };
    }
    case 'watchdog':
      return {
        ...base,
        command: '/bin/sh',
        args: ['-c', LIFELINE_SCRIPT, 'sandbox', randomUUID(), ...command.argv],
        containment: 'lifeline',
      };
    case 'none':
      return { ...base, command: '/bin/sh', args: inner.slice(1), containment: 'group' };
  }
}

function bubblewrapArguments(sandbox: Sandbox, command: SandboxedCommand): string[] {
  const hasUserNamespaces = !sandbox.kinds.includes('no-user-namespaces');
  return [
    ...mounts(sandbox, command),
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--as-pid-1',
    '--chdir',
    command.cwd,
    ...(hasUserNamespaces ? [] : ['--unshare-user', '--disable-userns']),
    ...(command.network === 'full' ? ['--share-net'] : []),
  ];
}

/** In order: later mounts lie over earlier ones, so what is writable comes last. */
function mounts(sandbox: Sandbox, command: SandboxedCommand): string[] {
  const args = ['--ro-bind', '/', '/', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp'];
  if (sandbox.backend === 'bwrap') args.push('--proc', '/proc');
  if (existsSync('/run')) {
    args.push('--tmpfs', '/run');
    for (const path of RUN_KEPT) args.push('--ro-bind-try', path, path);
  }
  for (const path of secretPaths()) args.push(...path);
  for (const path of command.masked) if (existsSync(path)) args.push('--tmpfs', path);
  for (const path of command.readable ?? []) args.push('--ro-bind', path, path);
  for (const path of [command.root, command.home, ...(command.writable ?? [])]) {
    args.push('--bind', path, path);
  }
  return args;
}

function secretPaths(): string[][] {
  const home = homedir();
  const folders = SECRET_FOLDERS.map((name) => join(home, name)).filter((path) => existsSync(path));
  const files = SECRET_FILES.map((name) => join(home, name)).filter((path) => existsSync(path));
  return [
    ...folders.map((path) => ['--tmpfs', path]),
    ...files.map((path) => ['--ro-bind', '/dev/null', path]),
  ];
}
