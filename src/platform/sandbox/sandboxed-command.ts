import type { Containment } from '../process/containment.js';
import type { OverlayView } from './overlay.js';

/** Whether a command may reach anything but its own loopback; `proxied` = what the proxy of `egress` lets through. */
export type NetworkAccess = 'none' | 'full' | 'proxied';

/** A command's way out through the egress proxy. */
export interface EgressEntrance {
  /** Absolute folder with the proxy's socket `egress.sock`; shown to the command as `/run/egress`. */
  readonly folder: string;
  /** Absolute paths of the programs that the forwarder inside the sandbox needs. */
  readonly programs: readonly string[];
}

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
  /** Standard error stays apart from standard output, for programs that speak a protocol on that. Default: it arrives in it, in order. */
  readonly isErrorApart?: true;
  /** Further writable folders, for example a shared package cache. */
  readonly writable?: readonly string[];
  /** Files and folders inside writable ones that may only be read; those that are not there are passed over. Obeyed by bubblewrap alone. */
  readonly sealed?: readonly string[];
  /** Folders inside a masked one that may be read, for example the object store that a lane's `.git` borrows from. */
  readonly readable?: readonly string[];
  /** Folders that the command may read or write, and sees as a union; only where `canOverlay` says that they can be mounted. */
  readonly views?: readonly OverlayView[];
  /**
   * Network namespace of another sandboxed command of the same lane, as a path: the one reaches what the other serves. Obeyed only
   * with `none`, and only where {@link canShareLoopback} says so.
   */
  readonly loopback?: string | undefined;
  /** Needed with `proxied`. */
  readonly egress?: EgressEntrance;
  /**
   * Whose files these are, for example the path of the repository's clone: where commands are given a user id of their
   * own, commands of one owner share it. Default: `root`.
   */
  readonly owner?: string;
}

/** The same command inside the sandbox, ready for runProcess. Standard error arrives in standard output, in order, unless it is kept apart. */
export interface WrappedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly containment: Containment;
  /** What the wrapper reads from file descriptor 3: the filter of system calls. */
  readonly descriptor3?: Uint8Array;
  /** Private memory of all its processes, in bytes; above it runProcess ends the command. */
  readonly maxMemoryBytes?: number;
}
