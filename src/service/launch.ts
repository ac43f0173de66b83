import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { environmentProxies, type Config, type EnvironmentVariables } from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import {
  hostId,
  gateFiles,
  hasCertificates,
  findIsolation,
  type Isolation,
  freePort,
  isPortFree,
  type ServiceFiles,
  type Launch,
  type TemporalLaunch,
  type VaultLaunch,
  temporalArguments,
  embeddedNamespace,
  type TemporalTarget,
} from '../host/index.js';
import { findProgram } from './find-program.js';
import { OPENBAO, TEMPORAL_CLI } from './programs.js';
import { workerProgram } from './worker-program.js';

/** What the service is to be started with. */
export interface LaunchRequest {
  readonly config: Config;
  readonly environment: EnvironmentVariables;
  readonly files: ServiceFiles;
  /** Null = embedded. */
  readonly external: TemporalTarget | null;
  /** `--temporal-cli`, stronger than the configuration. */
  readonly temporalCli: string | null;
  readonly logLevel: string;
  /** The launch before this one; its ports are kept where possible. */
  readonly previous: Launch | null;
  /** The embedded server of that launch runs. */
  readonly isServerRunning: boolean;
  /** The local OpenBao of that launch runs. */
  readonly isVaultRunning: boolean;
  readonly onProgress: (message: string) => void;
}

/** The folder of this build. */
const DIST = new URL('../', import.meta.url);

/** A small young generation: the default grows to three times 16 MB in each thread and is kept. Each thread listens for the notice that the worker is idle. */
const WORKER_NODE_ARGS = [
  '--max-semi-space-size=1',
  `--import=${new URL('../workers/every-thread.js', import.meta.url).href}`,
];

/** Everything a supervisor needs to start the service. Finds or installs the server program when it is needed. */
export async function planLaunch(request: LaunchRequest): Promise<Launch> {
  const { config, environment, external } = request;
  const vault = await planVault(request);
  return {
    version: 1,
    vault,
    temporal: external === null ? await planTemporal(request) : null,
    worker: {
      entry: workerProgram(DIST).entry,
      nodeArgs: WORKER_NODE_ARGS,
      apiPort: config.api.port ?? request.previous?.worker.apiPort ?? (await freePort()),
      isPortFixed: config.api.port !== null,
      hostId: hostId(config.home),
      namespace: external?.namespace ?? embeddedNamespace(environment),
      logLevel: request.logLevel,
      settings: config.worker,
      digest: workerDigest(config, { environment, external, hasVault: vault !== null }),
    },
  };
}

async function planTemporal(request: LaunchRequest): Promise<TemporalLaunch> {
  const { config, environment, previous } = request;
  const before = previous?.temporal ?? null;
  const isolation = await chooseIsolation(request);
  const args = temporalArguments({
    database: request.files.database,
    namespace: embeddedNamespace(environment),
    isolation,
  });
  if (before !== null && request.isServerRunning && before.isolation === isolation)
    return { ...before, args };
  const chosen = request.temporalCli ?? config.temporal.cli;
  const program = await findProgram(TEMPORAL_CLI, {
    chosen,
    searchPath: environment['PATH'] ?? '',
    cache: config.cache,
    onTry: (source) => request.onProgress(`looking for the Temporal server: ${source}`),
  });
  // an open server that still runs keeps its port until the supervisor has replaced it
  const isReplaced = before !== null && request.isServerRunning;
  const port = isReplaced
    ? before.port
    : await choosePort(config.temporal.port, { last: before?.port });
  return {
    program: program.path,
    args,
    port,
    isPortFixed: config.temporal.port !== null,
    isolation,
  };
}

/**
 * How the embedded server is closed to others. Where no namespace can be made it stays open to every process of this machine,
 * which somebody has to accept by name. Throws `ERR_TEMPORAL_EXPOSED`.
 */
async function chooseIsolation(request: LaunchRequest): Promise<Isolation> {
  const { config, environment } = request;
  const running = request.isServerRunning ? request.previous?.temporal?.isolation : undefined;
  if (running !== undefined && running !== 'none') return running;
  const { kind, reason } = await findIsolation(environment['PATH'] ?? '');
  if (kind === 'none') {
    if (config.temporal.isExposed) return kind;
    throw new InvalidInputError('ERR_TEMPORAL_EXPOSED', {
      message: `the embedded Temporal server cannot be closed to other processes of this machine: ${reason}`,
      hint: 'install bubblewrap, or util-linux with iproute2 where user namespaces are allowed; on a machine of your own you may accept it: [temporal] exposed = true in your configuration, or CODETETHER_TEMPORAL_EXPOSED=1',
    });
  }
  const files = gateFiles(config.home);
  if (!hasCertificates(files)) {
    const { makeCertificates } = await import('./gate-certificates.js');
    await makeCertificates(files);
  }
  return kind;
}

/** The local OpenBao runs for homes in which `auth set` has made one, and no other Vault is named. */
async function planVault(request: LaunchRequest): Promise<VaultLaunch | null> {
  const { config, environment, files, previous } = request;
  if (config.worker.vault.address !== null || !existsSync(files.vault.folder)) return null;
  const before = previous?.vault ?? null;
  if (before !== null && request.isVaultRunning) return before;
  const program = await findProgram(OPENBAO, {
    chosen: null,
    searchPath: environment['PATH'] ?? '',
    cache: config.cache,
    onTry: (source) => request.onProgress(`looking for OpenBao: ${source}`),
  });
  return { program: program.path, port: await choosePort(null, { last: before?.port }) };
}

/** The port that the configuration names, which must be free; else the last one when it is free; else any. */
async function choosePort(
  wanted: number | null,
  { last }: { readonly last: number | undefined },
): Promise<number> {
  if (wanted === null) {
    const isLastFree = last !== undefined && (await isPortFree(last));
    return isLastFree ? last : freePort();
  }
  if (await isPortFree(wanted)) return wanted;
  throw new InvalidInputError('ERR_PORT_IN_USE', {
    message: `port ${wanted} is in use by another program`,
    hint: 'free it, or change the port in your configuration file',
  });
}

/**
 * Digest of all that a worker reads at its start, as `SETTINGS:CREDENTIALS`. The second part is empty when the
 * environment names none: a command without credentials does not take them from the running worker.
 */
function workerDigest(
  config: Config,
  source: {
    readonly environment: EnvironmentVariables;
    readonly external: TemporalTarget | null;
    readonly hasVault: boolean;
  },
): string {
  const { environment, external, hasVault } = source;
  const place = external === null ? 'embedded' : `${external.address}/${external.namespace}`;
  const proxies = environmentProxies(environment);
  const credentials = [
    ...['VAULT_TOKEN', 'TEMPORAL_API_KEY'].map((name) => environment[name] ?? ''),
    proxies === null ? '' : JSON.stringify(proxies),
  ];
  return [
    shortHash(JSON.stringify([config.worker, place, hasVault, workerProgram(DIST).stamp])),
    credentials.every((value) => value === '') ? '' : shortHash(JSON.stringify(credentials)),
  ].join(':');
}

/** True when a worker that was started with `running` serves for `wanted`. */
export function isSameWorker(running: string, wanted: string): boolean {
  const [settings, credentials] = wanted.split(':');
  const [runningSettings, runningCredentials] = running.split(':');
  return settings === runningSettings && (credentials === '' || credentials === runningCredentials);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
