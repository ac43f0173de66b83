import { readFileSync } from 'node:fs';

/**
 * How the processes of a command are reached and die:
 * `group` = its process group; `inner-init` = a pid namespace whose init is the direct child of the spawned program;
 * `lifeline` = group, and the wrapper kills it when file descriptor 3 reaches its end, which happens when we die.
 */
export type Containment = 'group' | 'inner-init' | 'lifeline';

/** Signals a process group; a group that is already gone is fine. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody left. EPERM: only zombies of another user left. Both mean there is nothing for us to end.
  }
}

/**
 * Process id of the namespace's init. It leads its own session, and the wrapper reaps it only when the kernel has
 * ended every process of the namespace, so killing it (not the wrapper) leaves nobody behind.
 */
export function innerInit(wrapper: number | undefined): number | undefined {
  if (wrapper === undefined) return undefined;
  try {
    const children = readFileSync(`/proc/${wrapper}/task/${wrapper}/children`, 'utf8').trim();
    const pid = Number(children.split(' ')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
