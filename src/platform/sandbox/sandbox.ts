import type { RootChain } from './root-chain.js';
import type { Walls } from './walls.js';

/** How strongly commands are held, strongest first. */
export type SandboxLevel = 'full' | 'nested' | 'process' | 'none';

/** What holds at a level; shown by doctor, in plans and in results. */
export type SandboxKind =
  | 'clean-environment'
  | 'dies-with-worker'
  | 'own-pid-namespace'
  | 'own-proc'
  | 'read-only-root'
  | 'private-tmp'
  | 'state-hidden'
  | 'network-switch'
  | 'no-user-namespaces'
  | 'home-hidden'
  | 'no-capabilities'
  | 'limits'
  | 'system-call-filter'
  | 'own-user-id';

/** The program that does the holding. */
export type SandboxBackend =
  | 'bwrap'
  | 'bwrap-no-proc'
  | 'unshare'
  | 'unshare-user'
  | 'watchdog'
  | 'none';

/** The strongest sandbox that works on this host. */
export interface Sandbox {
  readonly level: SandboxLevel;
  readonly backend: SandboxBackend;
  readonly kinds: readonly SandboxKind[];
  /** For people: why not more; empty at `full`. */
  readonly reason: string;
  /** Absolute path of the backend's program; empty for `watchdog` and `none`. */
  readonly program: string;
  /** Absolute path of setpriv, which ends the `unshare` backends with us; empty elsewhere. */
  readonly setpriv: string;
  /** What bubblewrap is asked for beyond the plain mounts; absent = nothing. */
  readonly walls?: Walls;
  /** How a root engine gives commands a user id of their own; absent = they keep the engine's. */
  readonly chain?: RootChain;
}

const LEVELS: readonly SandboxLevel[] = ['full', 'nested', 'process', 'none'];

/** True when `level` is at least as strong as `minimum`. */
export function isAtLeast(level: SandboxLevel, minimum: SandboxLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(minimum);
}

/** Options of unshare for a pid namespace with its own /proc, as root or as an ordinary user. */
export function unshareArguments(backend: SandboxBackend): string[] {
  const user = backend === 'unshare-user' ? ['--user', '--map-current-user'] : [];
  return [...user, '--pid', '--fork', '--kill-child', '--mount-proc'];
}
