/** Queue of coordinators in a cluster. Embedded mode uses the host queue for them too, which saves a second worker's memory. */
export const COORDINATOR_QUEUE = 'codetether';

/** Queue of agents, tools and everything else that needs the workspaces of one host. `hostId` is stable across renames. */
export function hostQueue(hostId: string): string {
  return `codetether@${hostId}`;
}
