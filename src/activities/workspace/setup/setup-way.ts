import { REGISTRY_HOSTS, type WorkspaceSetup } from '../../../domain/index.js';
import {
  commandUserId,
  openEgress,
  type Egress,
  type NetworkAccess,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import type { RalphWork } from '../dependencies.js';

/** How a set-up command reaches its registries. */
export interface SetupWay {
  readonly access: NetworkAccess;
  /** Absent where the command has the network of the host. */
  readonly egress?: Egress;
}

/**
 * Opens the way out of one set-up command, to be closed after it. Where the sandbox has no network of its own, and where the
 * run was planned with an open network, it has the one of the host.
 */
export async function openWay(
  { dependencies: { home, sandbox } }: RalphWork,
  { lane, setup }: { readonly lane: WorkspaceFolders; readonly setup: WorkspaceSetup },
): Promise<SetupWay> {
  const { mode = 'registries', allow = [], allowPrivate = [] } = setup.network ?? {};
  if (mode === 'open' || !sandbox.kinds.includes('network-switch')) return { access: 'full' };
  const uid = commandUserId(sandbox, {
    root: lane.root,
    owner: lane.gitDir,
    masked: [home],
    writable: setup.share,
  });
  const network = { allow: [...REGISTRY_HOSTS, ...allow], allowPrivate };
  return { access: 'proxied', egress: await openEgress({ network, uid }) };
}
