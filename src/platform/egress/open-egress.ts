import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EgressTraffic, SetupNetwork } from '../../domain/index.js';
import { hostEnvironment } from '../process/host-environment.js';
import type { EgressEntrance } from '../sandbox/sandboxed-command.js';
import { startEgressProxy } from './egress-proxy.js';
import { FORWARDER } from './forwarder.js';
import type { UpstreamProxy } from './upstream-proxy.js';

/** Port of the sandbox's own loopback; nothing else listens there. */
const PORT = 3128;
const ENTRANCE = '/run/egress/egress.sock';

/** What a command is let out for. */
export interface EgressRequest {
  readonly network: Pick<SetupNetwork, 'allow' | 'allowPrivate'>;
  /** User id of the command; null = the engine's own. */
  readonly uid: number | null;
}

/** The way out of one command. */
export interface Egress {
  readonly entrance: EgressEntrance;
  /** Makes a command one that has the way out while it runs. */
  wrap(argv: readonly [string, ...string[]]): [string, ...string[]];
  /** Variables by which package managers find the way; they win over the host's own. */
  readonly variables: Readonly<Record<string, string>>;
  traffic(): EgressTraffic[];
  close(): Promise<void>;
}

/** Opens a way out for one command: a proxy outside of the sandbox, and a forwarder that goes inside. */
export async function openEgress({ network, uid }: EgressRequest): Promise<Egress> {
  // The system's temporary folder: a path below the home may be too long for a socket.
  const folder = await mkdtemp(join(tmpdir(), 'codetether-egress-'));
  const socket = join(folder, 'egress.sock');
  const proxy = await startEgressProxy({ socket, network, uid, upstream: hostProxy() });
  return {
    entrance: { folder, programs: [process.execPath] },
    wrap: (argv) => [
      process.execPath,
      '--input-type=commonjs',
      '-e',
      FORWARDER,
      '--',
      ENTRANCE,
      String(PORT),
      ...argv,
    ],
    variables: proxyVariables(),
    traffic: () => proxy.traffic(),
    async close() {
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An empty NO_PROXY: one of the host's could name a mirror, and send its client past the proxy into no network. */
function proxyVariables(): Record<string, string> {
  const address = `http://127.0.0.1:${PORT}`;
  const java = ['http', 'https']
    .flatMap((scheme) => [`-D${scheme}.proxyHost=127.0.0.1`, `-D${scheme}.proxyPort=${PORT}`])
    .join(' ');
  return {
    HTTP_PROXY: address,
    HTTPS_PROXY: address,
    http_proxy: address,
    https_proxy: address,
    ALL_PROXY: '',
    all_proxy: '',
    NO_PROXY: '',
    no_proxy: '',
    npm_config_noproxy: '',
    MAVEN_OPTS: java,
    GRADLE_OPTS: java,
    SBT_OPTS: java,
    NODE_USE_ENV_PROXY: '1',
  };
}

/** The proxy that this host needs for https; null = none. */
function hostProxy(): UpstreamProxy | null {
  const host = hostEnvironment();
  const value = host['https_proxy'] ?? host['HTTPS_PROXY'] ?? '';
  if (value === '' || !URL.canParse(value)) return null;
  const url = new URL(value);
  return url.protocol === 'http:' || url.protocol === 'https:' ? { url } : null;
}
