import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { findExecutable } from '../process/find-executable.js';
import { commandEnvironment } from './environment.js';
import { isBelow } from './home-folders.js';
import { COMMAND_LIMITS, limitCommands } from './limits.js';
import {
  hidePaths,
  kernelMasks,
  isSocket,
  reachableSockets,
  rootOnlyPaths,
  systemMasks,
  temporaryMounts,
  visibleSecrets,
} from './masks.js';
import { overlayArguments } from './overlay.js';
import { giveFolders } from './ownership.js';
import { chainArguments, commandUid, viewNamespace } from './root-chain.js';
import { unshareArguments, type Sandbox } from './sandbox.js';
import type { SandboxedCommand, WrappedCommand } from './sandboxed-command.js';
import { seccompFilter } from './seccomp.js';
import { shortMemory } from './short-memory.js';
import { commandView, isReachable, type CommandView } from './view.js';
import { namespaceArguments, type Walls } from './walls.js';

/**
 * The namespace's init: when it ends, the kernel ends everything the command left behind, and only then does the
 * wrapper report the exit, so no daemon can write after a snapshot.
 */
const INIT_SCRIPT = 'exec 2>/dev/null; (exec "$@" 2>&1); exit $?';
/** The same with standard error apart. */
const APART_INIT_SCRIPT = 'exec 4>&2 2>/dev/null; (exec "$@" 2>&4 4>&-); exit $?';

/**
 * Without a namespace: a reader on file descriptor 3 kills the group when our end of the pipe closes. Processes that
 * left the group are found by a mark in their environment, where /proc shows it; one that cleared it stays.
 */
const lifelineScript = (isErrorApart: boolean): string => `exec 4>&2 2>/dev/null
mark="SANDBOX_MARK=$1"
shift
sweep() {
  for file in $(grep -ls -- "$mark" /proc/[0-9]*/environ); do
    file=\${file#/proc/}
    kill -s KILL "\${file%/environ}"
  done
}
{ trap '' TERM; read -r _ <&3; sweep; sweep; kill -s KILL 0; } >/dev/null 4>&- &
watchdog=$!
trap : TERM
exec 3<&-
(export "$mark"; exec "$@" 2>&${isErrorApart ? 4 : 1} 4>&-)
code=$?
kill -s KILL "$watchdog"
sweep
exit "$code"`;

/**
 * Puts `command` into the sandbox. The environment is built here from an allow-list; no provider key reaches it. Where a
 * root engine gives commands a user id of their own, their folders are given to it first. Throws `ERR_SANDBOX_VIEW` and
 * `ERR_SANDBOX_OWNERSHIP` (retryable).
 */
export async function wrapCommand(
  sandbox: Sandbox,
  command: SandboxedCommand,
): Promise<WrappedCommand> {
  mkdirSync(command.home, { recursive: true, mode: 0o700 });
  const env = commandEnvironment({
    home: command.home,
    hasNetwork: command.network === 'full' || !sandbox.kinds.includes('network-switch'),
    extra: command.extraEnv,
  });
  const isErrorApart = command.isErrorApart === true;
  const init = isErrorApart ? APART_INIT_SCRIPT : INIT_SCRIPT;
  const script = `${limitScript(sandbox.walls)}${init}`;
  const inner = ['/bin/sh', '-c', script, 'sandbox', ...command.argv];
  const base = { cwd: command.cwd, env };
  switch (sandbox.backend) {
    case 'bwrap':
    case 'bwrap-no-proc':
      return { ...base, ...(await bubblewrap(sandbox, command, inner)) };
    case 'unshare':
    case 'unshare-user': {
      const args = ['--pdeathsig', 'KILL', sandbox.program, ...unshareArguments(sandbox.backend)];
      return {
        ...base,
        command: sandbox.setpriv,
        args: [...args, '--', 'setsid', ...inner],
        containment: 'inner-init',
        maxMemoryBytes: COMMAND_LIMITS.treeBytes,
      };
    }
    case 'watchdog':
      return {
        ...base,
        command: '/bin/sh',
        args: ['-c', lifelineScript(isErrorApart), 'sandbox', randomUUID(), ...command.argv],
        containment: 'lifeline',
      };
    case 'none':
      return { ...base, command: '/bin/sh', args: inner.slice(1), containment: 'group' };
  }
}

/** Limits are set inside: outside they would count what else the user runs. */
function limitScript(walls: Walls | undefined): string {
  return walls?.hasLimits === true ? `${limitCommands(COMMAND_LIMITS).join('; ')}; ` : '';
}

async function bubblewrap(
  sandbox: Sandbox,
  command: SandboxedCommand,
  inner: readonly string[],
): Promise<Omit<WrappedCommand, 'cwd' | 'env'>> {
  const view = commandView(command);
  const uid = commandUserId(sandbox, command);
  const walls = wallsOf(sandbox);
  const prefix = await enterChain(sandbox, command, { view, uid });
  const [program = sandbox.program, ...args] = [
    ...prefix,
    sandbox.program,
    ...mounts(sandbox, command, { view, uid }),
    ...namespaceArguments(walls),
    ...ownNames(command),
    ...(command.network === 'full' || sharedLoopback(sandbox, command, uid) !== undefined
      ? ['--share-net']
      : []),
    '--chdir',
    command.cwd,
    '--',
    ...inner,
  ];
  const filter = walls.hasFilter ? seccompFilter() : undefined;
  return {
    command: program,
    args,
    containment: 'inner-init',
    ...(filter === undefined ? {} : { descriptor3: filter }),
    maxMemoryBytes: COMMAND_LIMITS.treeBytes,
  };
}

/** A description of a sandbox that names no walls, for example of an earlier version, has the plain ones. */
function wallsOf(sandbox: Sandbox): Walls {
  const hasProc = sandbox.backend === 'bwrap';
  const isUserNamespaceClosed = sandbox.kinds.includes('no-user-namespaces');
  return sandbox.walls ?? { hasProc, isUserNamespaceClosed, hasLimits: false, hasFilter: false };
}

/**
 * The user id of the command; null = the engine's own. Folders that the user shares from outside our state belong to
 * somebody: a set-up that writes there keeps the engine's.
 */
export function commandUserId(
  { chain }: Sandbox,
  command: Pick<SandboxedCommand, 'root' | 'owner' | 'masked' | 'writable'>,
): number | null {
  if (chain === undefined) return null;
  const uid = commandUid(command.owner ?? command.root);
  const isOurs = (path: string): boolean => command.masked.some((folder) => isBelow(folder, path));
  const foreign = (command.writable ?? []).filter((path) => !isOurs(path));
  return foreign.every((path) => statSync(path, { throwIfNoEntry: false })?.uid === uid)
    ? uid
    : null;
}

/** True where a command may share the loopback of another one: elsewhere each has one of its own. */
export function canShareLoopback({ chain }: Sandbox): boolean {
  return chain !== undefined;
}

/** The network namespace that a command enters in place of one of its own; without entering one, sharing would mean the host's. */
function sharedLoopback(
  sandbox: Sandbox,
  { network, loopback }: SandboxedCommand,
  uid: number | null,
): string | undefined {
  return canShareLoopback(sandbox) && uid !== null && network === 'none' ? loopback : undefined;
}

interface ViewOfUser {
  readonly view: CommandView;
  readonly uid: number | null;
}

async function enterChain(
  sandbox: Sandbox,
  command: SandboxedCommand,
  { view, uid }: ViewOfUser,
): Promise<string[]> {
  const { chain } = sandbox;
  const { root, home, masked, writable = [], egress, views = [] } = command;
  if (chain === undefined) return overlayArguments(views, findExecutable('unshare') ?? 'unshare');
  const ours = writable.filter((path) => masked.some((folder) => isBelow(folder, path)));
  const uppers = views.map(({ upper }) => upper).filter((path) => path !== undefined);
  const given = [root, home, ...ours, ...uppers, ...(egress === undefined ? [] : [egress.folder])];
  await giveFolders(uid ?? 0, given);
  if (uid === null) return overlayArguments(views, chain.unshare);
  const extra = egress === undefined ? [] : [egress.folder];
  const namespace = await viewNamespace({ chain, view, uid, home, extra, overlays: views });
  return chainArguments(chain, { namespace, loopback: sharedLoopback(sandbox, command, uid) }, uid);
}

/** An ordinary user is root of the namespace in which overlays are mounted, and its own self again for the command. */
function ownNames({ views = [] }: SandboxedCommand): string[] {
  const uid = process.getuid?.() ?? 0;
  if (views.length === 0 || uid === 0) return [];
  return ['--unshare-user', '--uid', String(uid), '--gid', String(process.getgid?.() ?? uid)];
}

/** Folders that are private in every sandbox: what lies below them on the host has to be put back. */
const PRIVATE = ['/tmp', '/var/tmp', '/run'];
const COVER = ['--size', '262144', '--perms', '0755', '--tmpfs'];

/** In order: later mounts lie over earlier ones, so what is writable comes last. */
function mounts(sandbox: Sandbox, command: SandboxedCommand, { view, uid }: ViewOfUser): string[] {
  // In the chain's namespace the folders are covered already, and the toolchains put back.
  const isCovered = uid !== null;
  const covers = isCovered ? [] : view.covers;
  const toolchains = isCovered ? view.toolchains.filter(isPrivate) : view.toolchains;
  const bind = (option: string, paths: readonly string[]): string[] =>
    paths.flatMap((path) => [option, path, path]);
  return [
    '--ro-bind',
    '/',
    '/',
    ...temporaryMounts(),
    ...(wallsOf(sandbox).hasProc ? kernelMasksOnce(isHostRoot(uid)) : systemMasks()),
    ...hidePaths(hiddenThings(command, { view, uid })),
    ...covers.flatMap((path) => [...COVER, path]),
    ...bind('--ro-bind', toolchains),
    ...hidePaths(isCovered ? view.secrets.filter(isPrivate) : view.secrets),
    ...bind('--ro-bind', view.readable),
    ...bind('--bind', view.writable),
    ...bind('--ro-bind', (command.sealed ?? []).filter(existsSync)),
    ...(command.egress === undefined ? [] : ['--ro-bind', command.egress.folder, '/run/egress']),
    ...covers.flatMap((path) => ['--remount-ro', path]),
  ];
}

/** True when the kernel sees root behind the command, whatever its namespace says. */
function isHostRoot(uid: number | null): boolean {
  return uid === null && process.getuid?.() === 0;
}

function isPrivate(path: string): boolean {
  return PRIVATE.some((folder) => isBelow(folder, path));
}

const namedSockets = shortMemory(() => reachableSockets());
const kernel = new Map<boolean, readonly string[]>();

/** Looked up once: kernels do not change below us. */
function kernelMasksOnce(isRoot: boolean): readonly string[] {
  const known = kernel.get(isRoot) ?? kernelMasks(isRoot);
  kernel.set(isRoot, known);
  return known;
}

function hiddenThings(command: SandboxedCommand, { view, uid }: ViewOfUser): string[] {
  const hidden = [...view.covers, ...view.writable, ...view.readable, ...command.masked];
  const isOutside = (path: string): boolean => !hidden.some((folder) => isBelow(folder, path));
  const all = [
    // one that vanished since they were listed could not be covered, and the command would not start
    ...namedSockets('').filter(isSocket),
    ...visibleSecrets(view.covers),
    ...(isHostRoot(uid) ? rootOnlyPaths() : []),
  ].filter(isOutside);
  return uid === null ? all : all.filter((path) => isReachable(path, uid));
}
