import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processEnvironment, type Config, type EnvironmentVariables } from '../config/index.js';
import { hostQueue } from '../contracts/index.js';
import { CodetetherError, InfrastructureError } from '../domain/index.js';
import { requireCodecVault, prepareLocalVault } from '../keys/index.js';
import {
  requireFreeDisk,
  sendControl,
  writeJson,
  acquireLock,
  lockHolder,
  type Lock,
  serviceFiles,
  type ServiceFiles,
  spawnSupervisor,
  readLaunch,
  readState,
  type Launch,
  type ServiceState,
  livingProcess,
  uiUrlOf,
  embeddedTarget,
  externalTarget,
  type TemporalTarget,
  readServedBundles,
} from '../host/index.js';
import { isSameWorker, planLaunch } from './launch.js';

/** Options of {@link ensureRunning}. */
export interface EnsureOptions {
  /** `--temporal-cli`. */
  readonly temporalCli?: string | undefined;
  readonly logLevel?: string;
  /** Default: this process's environment. */
  readonly environment?: EnvironmentVariables;
  /** Told what takes time, one sentence each. */
  readonly onProgress?: (message: string) => void;
}

/** A running service. */
export interface ServiceEndpoint {
  readonly target: TemporalTarget;
  readonly hostId: string;
  /** Queue of this host for new runs; embedded mode uses it for coordinators too. */
  readonly taskQueue: string;
  /** Temporal's web interface on our API, which asks for a ticket; null when Temporal runs elsewhere or without it. */
  readonly uiUrl: string | null;
  readonly apiPort: number | null;
  /** Where the service takes tasks of other agents; null where it does not. */
  readonly tasksUrl: string | null;
  /** True when this call started it. */
  readonly wasStarted: boolean;
}

const POLL_MS = 40;
const READY_TIMEOUT_MS = 90_000;
const SUPERVISOR_TIMEOUT_MS = 15_000;

/**
 * Returns the running service of `config.home`, starting it when nothing answers and replacing a worker that runs with
 * other settings. Safe to call from several processes at once: one service results. Throws exit-2 errors for bad
 * configuration and exit-3 errors (`ERR_SERVICE_START`, `ERR_DISK_FULL`, `ERR_PROGRAM_NOT_FOUND`) else.
 */
export async function ensureRunning(
  config: Config,
  options: EnsureOptions = {},
): Promise<ServiceEndpoint> {
  const environment = options.environment ?? processEnvironment();
  const external = externalTarget(environment);
  const files = serviceFiles(config.home);
  requireCodecVault(config);
  await requireFreeDisk(config.home, config.worker.minFreeBytes);
  const lock = await takeStartLock(`${files.lock}-start`);
  try {
    await waitUntilStopped(files);
    const wasStarted = await startIfNeeded({ config, options, environment, external, files });
    await waitUntilReady(files, wasStarted);
    if (wasStarted) await openLocalVault(config, files, options);
    const endpoint = describeEndpoint(config.home, external);
    return { ...endpoint, tasksUrl: tasksUrlOf(config, endpoint.apiPort), wasStarted };
  } finally {
    lock.release();
  }
}

/** Models with a key are not all that there is: a local OpenBao that does not open stops the runs that need it, not the service. */
async function openLocalVault(
  config: Config,
  files: ServiceFiles,
  { onProgress }: EnsureOptions,
): Promise<void> {
  if ((readLaunch(files.launch)?.vault ?? null) === null) return;
  try {
    await prepareLocalVault(config);
  } catch (error) {
    if (!(error instanceof CodetetherError)) throw error;
    onProgress?.(`warning: ${error.message}; ${error.hint ?? ''}`);
  }
}

interface StartContext {
  readonly config: Config;
  readonly options: EnsureOptions;
  readonly environment: EnvironmentVariables;
  readonly external: TemporalTarget | null;
  readonly files: ServiceFiles;
}

async function startIfNeeded(context: StartContext): Promise<boolean> {
  const { config, options, files } = context;
  const state = readState(files.state);
  const onProgress = options.onProgress ?? (() => undefined);
  const launch = await planLaunch({
    config,
    environment: context.environment,
    files,
    external: context.external,
    temporalCli: options.temporalCli ?? null,
    logLevel: options.logLevel ?? 'info',
    previous: readLaunch(files.launch),
    isServerRunning: livingProcess(state, 'temporal') !== undefined,
    isVaultRunning: livingProcess(state, 'vault') !== undefined,
    onProgress,
  });
  const holder = lockHolder(files.lock);
  if (holder !== null) {
    const running = readLaunch(files.launch);
    if (isSameService(running, launch) && isWorkerOf(running, state)) return false;
    onProgress('the settings changed: replacing the worker');
    writeJson(files.launch, launch);
    await sendControl(files.socket, { type: 'handover' });
    await waitFor(() => lockHolder(files.lock) === null, {
      timeoutMs: SUPERVISOR_TIMEOUT_MS,
      what: 'the old supervisor to leave',
    });
  } else {
    onProgress('starting the service');
    writeJson(files.launch, launch);
  }
  if (state?.phase === 'failed') rmSync(files.state, { force: true });
  spawnSupervisor(config.home);
  await waitFor(
    () => lockHolder(files.lock) !== null || readState(files.state)?.phase === 'failed',
    {
      timeoutMs: SUPERVISOR_TIMEOUT_MS,
      what: `the supervisor (its log: ${files.logs.supervisor})`,
    },
  );
  return true;
}

function isSameService(running: Launch | null, wanted: Launch): boolean {
  if (running === null) return false;
  return (
    (running.temporal === null) === (wanted.temporal === null) &&
    running.temporal?.isolation === wanted.temporal?.isolation &&
    isSameWorker(running.worker.digest, wanted.worker.digest)
  );
}

/** False when a command died after it wrote what to start and before the old worker was replaced. */
function isWorkerOf(running: Launch | null, state: ServiceState | null): boolean {
  const worker = livingProcess(state, 'worker');
  return worker === undefined || worker.digest === running?.worker.digest;
}

/** One process at a time decides what to start; the others then find it running. */
async function takeStartLock(folder: string): Promise<Lock> {
  const deadline = Date.now() + READY_TIMEOUT_MS * 2;
  for (;;) {
    const attempt = acquireLock(folder);
    if ('lock' in attempt) return attempt.lock;
    if (Date.now() > deadline)
      throw startError(
        `pid ${attempt.holder.pid} has been starting the service for too long`,
        folder,
      );
    await delay(POLL_MS);
  }
}

async function waitUntilStopped(files: ServiceFiles): Promise<void> {
  const isStopping = () =>
    readState(files.state)?.phase === 'stopping' && lockHolder(files.lock) !== null;
  await waitFor(() => !isStopping(), { timeoutMs: READY_TIMEOUT_MS, what: 'the service to stop' });
}

async function waitUntilReady(files: ServiceFiles, wasStarted: boolean): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  // a supervisor that dies while it starts leaves nothing; a running one is replaced by the worker
  const patienceMs = wasStarted ? 3000 : SUPERVISOR_TIMEOUT_MS;
  let lastSeen = Date.now();
  while (!isReady(readState(files.state), readLaunch(files.launch))) {
    const now = Date.now();
    if (lockHolder(files.lock) !== null) lastSeen = now;
    else if (now - lastSeen > patienceMs) {
      throw startError('the supervisor ended before the service was ready', files.logs.supervisor);
    }
    if (now > deadline)
      throw startError('the service did not become ready in time', files.logs.worker);
    await delay(POLL_MS);
  }
}

/**
 * True when all parts live and the wanted worker polls, not one that is being replaced. Throws what the supervisor noted
 * when it gave up.
 */
function isReady(state: ServiceState | null, launch: Launch | null): boolean {
  if (state?.phase === 'failed' && state.failure !== null) {
    const { code, message, hint } = state.failure;
    throw new InfrastructureError(code, { message, hint: hint ?? undefined, isRetryable: false });
  }
  if (state?.phase !== 'ready') return false;
  const worker = livingProcess(state, 'worker');
  return (
    livingProcess(state, 'supervisor') !== undefined && worker?.digest === launch?.worker.digest
  );
}

/** The service of a home, which runs. Throws `ERR_SERVICE_START` when its launch file is gone. */
export function describeEndpoint(
  home: string,
  external: TemporalTarget | null,
): Omit<ServiceEndpoint, 'wasStarted' | 'tasksUrl'> {
  const files = serviceFiles(home);
  const launch = readLaunch(files.launch);
  if (launch === null) throw startError('the launch file is gone', files.launch);
  const worker = livingProcess(readState(files.state), 'worker');
  const target = external ?? embeddedTarget(home, launch);
  return {
    target,
    hostId: launch.worker.hostId,
    taskQueue: hostQueue(launch.worker.hostId, readServedBundles(home)?.generation),
    uiUrl: uiUrlOf(launch, worker?.port ?? null),
    apiPort: worker?.port ?? null,
  };
}

/** Where the service of a home takes tasks of other agents: on its API, unless `[serve] with_up` says no. */
function tasksUrlOf({ worker }: Config, apiPort: number | null): string | null {
  return apiPort === null || !worker.serve.isWithUp ? null : `http://127.0.0.1:${apiPort}`;
}

async function waitFor(
  condition: () => boolean,
  limit: { readonly timeoutMs: number; readonly what: string },
): Promise<void> {
  const deadline = Date.now() + limit.timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline)
      throw startError(`waited ${limit.timeoutMs / 1000} s for ${limit.what}`, undefined);
    await delay(POLL_MS);
  }
}

function startError(message: string, log: string | undefined): InfrastructureError {
  return new InfrastructureError('ERR_SERVICE_START', {
    message,
    hint: log === undefined ? 'run: codetether doctor' : `read ${log}, or run: codetether doctor`,
  });
}
