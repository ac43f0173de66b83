import { readdir } from 'node:fs/promises';
import { Client, type ConnectionLike } from '@temporalio/client';
import { lazyRemote, openRemoteApi, type LazyRemote, type RemoteApi } from '../api/index.js';
import { processEnvironment, type ServeSettings, type WorkerSettings } from '../config/index.js';
import { hostQueue } from '../contracts/index.js';
import { InfrastructureError } from '../domain/index.js';
import {
  codecOptions,
  readServedBundles,
  serveToken,
  uiRoutes,
  type Launch,
  type TemporalTarget,
} from '../host/index.js';
import { accessTokenReader } from '../keys/index.js';
import { rememberSecret, type Logger } from '../observability/index.js';
import { homePaths, type Envelope } from '../platform/index.js';

/** What tasks from outside are served over. */
export interface RemoteMount {
  readonly home: string;
  readonly launch: Launch;
  readonly settings: WorkerSettings;
  readonly connection: ConnectionLike;
  readonly target: TemporalTarget;
  readonly envelope: Envelope | null;
  readonly logger: Logger;
  /** Of this program. */
  readonly version: string;
}

/** Tasks from outside on the API of the service. */
export interface MountedRemote extends Pick<LazyRemote, 'router' | 'close'> {
  /**
   * The worker polls: before that it is not known which queue takes new work, and whoever asks is told to come again. Opens the routes
   * where deliveries of updates may wait to be begun, though nobody asks.
   */
  begin(): Promise<void>;
}

/** Undefined where `[serve] with_up` switches it off. What it needs is loaded with the first request. */
export function mountRemote(mount: RemoteMount): MountedRemote | undefined {
  if (!mount.settings.serve.isWithUp) return undefined;
  // there before anybody asks: scripts of this user read its file
  const ownToken = serveToken(mount.home);
  rememberSecret('serve-token', ownToken);
  let isPolling = false;
  const remote = lazyRemote(
    () => (isPolling ? open(mount, ownToken) : Promise.reject(starting())),
    (error) => mount.logger.log('warn', 'tasks from outside', { error }),
  );
  return {
    router: remote.router,
    close: () => remote.close(),
    async begin() {
      isPolling = true;
      const waiting = await readdir(homePaths(mount.home).pushes).catch(() => []);
      if (waiting.length > 0) remote.wake();
    },
  };
}

function starting(): InfrastructureError {
  return new InfrastructureError('ERR_TASKS_UNREACHABLE', {
    message: 'the service is starting',
    hint: 'make the same request again',
  });
}

/** Whatever `[serve] hostname` says: other addresses are for `codetether serve`. */
function onLoopback(settings: ServeSettings): ServeSettings {
  return { ...settings, hostname: '127.0.0.1' };
}

async function open(
  mount: RemoteMount,
  ownToken: string,
): Promise<Pick<RemoteApi, 'router' | 'close'>> {
  const { home, settings, target, envelope, logger, version } = mount;
  const { openAudit, tasksOver } = await import('../runs/index.js');
  const client = new Client({
    connection: mount.connection,
    namespace: target.namespace,
    // Not the worker's own, which waits for a Vault that is away: whoever asks is told so.
    ...codecOptions(envelope, target.namespace),
  });
  const served = await tasksOver(client, {
    config: { home, worker: settings },
    envelope,
    target,
    taskQueue: hostQueue(mount.launch.worker.hostId, readServedBundles(home)?.generation),
    uiUrl: uiRoutes(home, mount.launch)?.path ?? null,
  });
  const onFault = (error: unknown): void => logger.log('warn', 'tasks from outside', { error });
  const api = await openRemoteApi({
    served,
    readTokens: accessTokenReader({ home, worker: settings }, processEnvironment()),
    // Every process of this machine can connect: only this home's user, and who has a token, is let in.
    ownToken,
    settings: onLoopback(settings.serve),
    version,
    audit: openAudit(home, onFault),
    onFault,
  });
  return {
    router: api.router,
    close: () => {
      api.close();
      served.release();
    },
  };
}
