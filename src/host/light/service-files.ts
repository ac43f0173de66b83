import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Files through which the parts of one home's service find each other. */
export interface ServiceFiles {
  /** Folder of the supervisor's lock. */
  readonly lock: string;
  /** What the supervisor is to start. */
  readonly launch: string;
  /** What runs. */
  readonly state: string;
  /** Unix socket of the supervisor. */
  readonly socket: string;
  readonly database: string;
  /** Token of `/codec`: only the user can read it; exists once `[codec]` was on. */
  readonly codecToken: string;
  /** Token by which commands ask this home's own service for tasks: only the user can read it. */
  readonly serveToken: string;
  /** Key that opens Temporal's web interface to a browser. */
  readonly uiKey: string;
  /** Of the local OpenBao; the folder exists only where there is one. */
  readonly vault: {
    readonly folder: string;
    readonly config: string;
    readonly data: string;
    /** Unseal key and root token: only the user can read it. */
    readonly keys: string;
    /** The worker's token. */
    readonly token: string;
  };
  readonly logs: {
    readonly vault: string;
    readonly supervisor: string;
    readonly temporal: string;
    readonly worker: string;
  };
}

/** Longest path that every system takes for a Unix socket (sun_path is 104 bytes on macOS). */
const MAX_SOCKET_PATH = 100;

/** The files below `home`; the socket moves to a private temporary folder when its path would be too long. */
export function serviceFiles(home: string): ServiceFiles {
  const folder = join(home, 'temporal');
  return {
    lock: join(folder, 'lock'),
    launch: join(folder, 'launch.json'),
    state: join(folder, 'state.json'),
    socket: shortSocketPath(join(folder, 'control.sock')),
    database: join(folder, 'temporal.db'),
    codecToken: join(folder, 'codec-token'),
    serveToken: join(folder, 'serve-token'),
    uiKey: join(folder, 'ui-key'),
    vault: vaultFiles(join(home, 'vault')),
    logs: {
      vault: join(home, 'logs', 'vault.log'),
      supervisor: join(home, 'logs', 'supervisor.log'),
      temporal: join(home, 'logs', 'temporal.log'),
      worker: join(home, 'logs', 'worker.log'),
    },
  };
}

function vaultFiles(folder: string): ServiceFiles['vault'] {
  return {
    folder,
    config: join(folder, 'server.json'),
    data: join(folder, 'data'),
    keys: join(folder, 'keys.json'),
    token: join(folder, 'worker-token'),
  };
}

/** The path itself where every system takes it as a Unix socket, else one of the same meaning in a private temporary folder. */
export function shortSocketPath(direct: string): string {
  if (Buffer.byteLength(direct) <= MAX_SOCKET_PATH) return direct;
  const name = createHash('sha256').update(direct).digest('hex').slice(0, 16);
  return join(tmpdir(), `codetether-${userInfo().uid}`, `${name}.sock`);
}
