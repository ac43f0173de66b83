/** Which of bubblewrap's further walls a host allows; the strongest set that works is found by trying. */
export interface Walls {
  /** A private /proc can be mounted. */
  readonly hasProc: boolean;
  /** User namespaces can be closed to the command. */
  readonly isUserNamespaceClosed: boolean;
  /** The shell can set limits; else commands have none of their own. */
  readonly hasLimits: boolean;
  /** A filter of system calls is known for this processor and accepted. */
  readonly hasFilter: boolean;
}

/** Namespaces and rights; the mounts come before them. */
export function namespaceArguments(walls: Walls): string[] {
  return [
    '--unshare-all',
    ...(walls.isUserNamespaceClosed ? ['--unshare-user', '--disable-userns'] : []),
    '--cap-drop',
    'ALL',
    '--die-with-parent',
    '--new-session',
    '--as-pid-1',
    ...(walls.hasFilter ? ['--seccomp', '3'] : []),
  ];
}
