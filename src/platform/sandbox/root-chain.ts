import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { InfrastructureError } from '../../domain/index.js';
import { minimalEnvironment } from '../process/host-environment.js';
import { isBelow, outermost } from './home-folders.js';
import { foldersOf, mountCommands, type OverlayView } from './overlay.js';
import { barriers, type CommandView } from './view.js';

/** Programs of util-linux by which a root engine gives commands a user id of their own. Absolute paths. */
export interface RootChain {
  readonly unshare: string;
  readonly nsenter: string;
  /** Folders that exist; one is used to put things aside while a namespace is made. */
  readonly stages: readonly string[];
}

/** First of the user ids; below the ranges that systemd and Debian hand out by themselves. */
const FIRST_UID = 60_001;
const UID_COUNT = 1000;
/** Namespaces kept open; each is a few kilobytes of kernel memory. */
const MAX_NAMESPACES = 256;
const READY_TIMEOUT_MS = 20_000;

/** The user id of an owner's commands: the same on every call. */
export function commandUid(owner: string): number {
  let hash = 0;
  for (const character of owner) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return FIRST_UID + (hash % UID_COUNT);
}

/**
 * Arguments in front of bubblewrap: enter the namespace and become `uid` for good, which takes every capability along.
 * bubblewrap itself forbids new privileges before it does anything.
 */
export function chainArguments(
  chain: RootChain,
  { namespace, loopback }: ChainPlace,
  uid: number,
): string[] {
  const become = ['--setgid', String(uid), '--setuid', String(uid)];
  const network = loopback === undefined ? [] : [`--net=${loopback}`];
  return [chain.nsenter, `--mount=${namespace}`, ...network, ...become, '--'];
}

/** What a command enters. */
export interface ChainPlace {
  /** Mount namespace, as a path for nsenter. */
  readonly namespace: string;
  /** Network namespace, likewise; absent = where the engine is. */
  readonly loopback?: string | undefined;
}

/** What a mount namespace is made for. */
export interface NamespaceRequest {
  readonly chain: RootChain;
  readonly view: CommandView;
  readonly uid: number;
  /** HOME of the commands; the account of `uid` names it, because Java asks the account. */
  readonly home: string;
  /** Further paths that bubblewrap has to reach. */
  readonly extra: readonly string[];
  /** Mounted while everything can be seen still. */
  readonly overlays: readonly OverlayView[];
}

const open = new Map<string, Promise<number>>();

/**
 * A mount namespace in which `uid` reaches what the view gives it and nothing else of the covered folders, as a path for
 * nsenter. Made once for the same folders; it lives as long as this process.
 */
export async function viewNamespace(request: NamespaceRequest): Promise<string> {
  const key = keyOf(request);
  let known = open.get(key);
  // Put at the end again: the one that was not used for the longest time goes first.
  open.delete(key);
  known ??= makeNamespace(request);
  open.set(key, known);
  known.catch(() => open.delete(key));
  dropOldest();
  return `/proc/${process.pid}/fd/${await known}`;
}

function dropOldest(): void {
  for (const [key, descriptor] of open) {
    if (open.size <= MAX_NAMESPACES) return;
    open.delete(key);
    descriptor.then(closeSync, () => undefined);
  }
}

/** A folder that was removed and made again is another one: the namespace holds the old. */
function keyOf({ view, uid, extra, overlays }: NamespaceRequest): string {
  const mounted = overlays.flatMap((overlay) => [overlay.at, ...foldersOf(overlay)]);
  const paths = [...view.toolchains, ...view.readable, ...view.writable, ...extra, ...mounted];
  const identities = paths.map((path) => {
    const facts = statSync(path, { throwIfNoEntry: false });
    return `${path}\0${facts?.dev ?? ''}:${facts?.ino ?? ''}`;
  });
  return JSON.stringify([uid, view.covers, identities]);
}

async function makeNamespace(request: NamespaceRequest): Promise<number> {
  const { chain } = request;
  const args = ['--mount', '--propagation', 'private', '--', 'sh', '-ec', namespaceScript(request)];
  const child = spawn(chain.unshare, args, {
    env: minimalEnvironment(),
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    await whenReady(child);
    return openSync(`/proc/${child.pid}/ns/mnt`, 'r');
  } finally {
    child.stdin?.end();
  }
}

function whenReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = '';
    const fail = (reason: string): void => {
      child.kill('SIGKILL');
      reject(
        new InfrastructureError('ERR_SANDBOX_VIEW', {
          message: `the mounts of a sandbox cannot be made: ${reason}`,
          hint: 'codetether doctor shows what the sandbox can do here; a retry often helps when a folder was just removed',
        }),
      );
    };
    const timer = setTimeout(() => fail('it took too long'), READY_TIMEOUT_MS);
    child.stdin?.on('error', () => undefined);
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-500);
    });
    child.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
    child.once('error', (error) => fail(error.message));
    child.once('close', () => {
      clearTimeout(timer);
      fail(errors.trim() || 'the shell ended');
    });
  });
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Everything that stays is set aside on a small file system, the folders are covered, and what stays is moved back to its
 * own path. Then the shell waits, so that the namespace lives until somebody has opened it.
 */
function namespaceScript(request: NamespaceRequest): string {
  const { chain, view, uid, home, extra, overlays } = request;
  const covers = outermost([...view.covers, ...barriers(view, uid, extra)]);
  const given = outermost([...view.toolchains, ...view.readable, ...view.writable, ...extra]);
  const kept = given.filter((path) => covers.some((cover) => isBelow(cover, path)));
  const aside = freeStage(chain, [...given, ...covers]);
  const stage = (index: number): string => quote(`${aside}/${index}`);
  const lines = [
    'umask 022',
    ...mountCommands(overlays, false),
    `mount -t tmpfs -o size=1m,mode=755 tmpfs ${quote(aside)}`,
  ];
  for (const [index, path] of kept.entries()) {
    lines.push(makePoint(path, stage(index)), `mount --rbind ${quote(path)} ${stage(index)}`);
  }
  for (const path of view.secrets.filter((secret) => existsSync(secret))) {
    const index = kept.findIndex((folder) => isBelow(folder, path));
    const folder = kept[index];
    if (folder === undefined) continue;
    const point = quote(`${aside}/${index}${path.slice(folder.length)}`);
    lines.push(
      `if [ -d ${point} ]; then mount -t tmpfs -o size=4k,mode=555 tmpfs ${point}; else mount --bind /dev/null ${point}; fi`,
    );
  }
  for (const cover of covers) {
    lines.push(`mount -t tmpfs -o size=256k,mode=755 tmpfs ${quote(cover)}`);
  }
  for (const [index, path] of kept.entries()) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    lines.push(`mkdir -p ${quote(parent)}`, makePoint(`${aside}/${index}`, quote(path)));
    lines.push(`mount --move ${stage(index)} ${quote(path)}`);
  }
  // A colon would end the field.
  const folder = /[:\n]/.test(home) ? '/nonexistent' : home;
  const account = `codetether:x:${uid}:${uid}:sandboxed commands:${folder}:/bin/sh`;
  lines.push(
    `{ cat /etc/passwd; printf '%s\\n' ${quote(account)}; } > ${quote(`${aside}/passwd`)}`,
    `{ cat /etc/group; printf '%s\\n' ${quote(`codetether:x:${uid}:`)}; } > ${quote(`${aside}/group`)}`,
    `mount --bind ${quote(`${aside}/passwd`)} /etc/passwd`,
    `mount --bind ${quote(`${aside}/group`)} /etc/group`,
    `umount -l ${quote(aside)}`,
    'echo ready',
    'read -r _ || true',
  );
  return lines.join('\n');
}

/** A folder in which nothing lies that the namespace is made of. */
function freeStage({ stages }: RootChain, paths: readonly string[]): string {
  const free = stages.find(
    (stage) =>
      !paths.some((path) => path === stage || isBelow(stage, path) || isBelow(path, stage)),
  );
  if (free !== undefined) return free;
  throw new InfrastructureError('ERR_SANDBOX_VIEW', {
    message: `the mounts of a sandbox cannot be made: what commands need lies in each of ${stages.join(', ')}`,
    hint: 'move CODETETHER_HOME to another folder',
    isRetryable: false,
  });
}

/** A folder or an empty file, as `like` is one. */
function makePoint(like: string, point: string): string {
  return `if [ -d ${quote(like)} ]; then mkdir -p ${point}; else : > ${point}; fi`;
}
