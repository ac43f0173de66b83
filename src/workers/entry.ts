import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import {
  createApp,
  listenOnLoopback,
  type ApiServer,
  type CodecRoutes,
  type UiRoutes,
} from '../api/index.js';
import {
  crashPointName,
  processEnvironment,
  receiveSecretsByInput,
  scrubEnvironment,
  workerSettingsSchema,
} from '../config/index.js';
import { CodetetherError, InfrastructureError } from '../domain/index.js';
import { createLogger, LOG_LEVELS, type Logger, type LogLevel } from '../observability/index.js';
import {
  armCrashPoint,
  closeInheritedDescriptors,
  homePaths,
  setHostEnvironment,
  useGitShells,
} from '../platform/index.js';
import {
  clusterIdOf,
  embeddedTarget,
  externalTarget,
  hostId,
  identifyProcess,
  keepBundle,
  keepHistory,
  linkToSupervisor,
  readLaunch,
  serviceFiles,
  uiRoutes,
  type Launch,
  type ServiceFailure,
  type SupervisorLink,
  type TemporalTarget,
} from '../host/index.js';
import { wakeStreams } from '../providers/index.js';
import { watchActivities } from './activity-watches.js';
import { watchClocks, type ClockEvent } from './clock-watch.js';
import { composeActivities } from './compose.js';
import { attemptFailer, connectWorker, runningAttempts } from './connection.js';
import { failDeadTasks } from './inflight.js';
import { failLostActivities } from './lost-activities.js';
import { createQueueWorkers, type QueueWorkers } from './queue-workers.js';
import { mountRemote, type MountedRemote } from './remote-mount.js';
import { decideServing } from './serve-queues.js';
import { openWorkerCodec } from './worker-codec.js';

const SHUTDOWN_GRACE = '8s';
const SHUTDOWN_FORCE = '14s';

/** The worker process: `entry.js --home FOLDER`. Workflows, activities and the API in one process. */
async function main(): Promise<void> {
  closeInheritedDescriptors();
  receiveSecretsByInput();
  scrubEnvironment();
  const home = process.argv[process.argv.indexOf('--home') + 1] ?? '';
  const launch = readLaunch(serviceFiles(home).launch);
  if (launch === null) return end(2);
  const environment = processEnvironment();
  setHostEnvironment(environment);
  useGitShells();
  const crashPoint = crashPointName(environment);
  if (crashPoint !== null) armCrashPoint(crashPoint);
  const logger = createLogger({
    level: levelOf(launch),
    fields: { role: 'worker', pid: process.pid },
  });
  installRuntime(logger);
  const stop = new AbortController();
  const link = linkToSupervisor({
    home,
    onAbandoned: () => stop.abort(),
    log: (message) => logger.log('warn', message),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  try {
    await serve({ home, launch, logger, link, stop: stop.signal });
    link.close();
    end(0);
  } catch (error) {
    logger.log('error', 'the worker ended', { error });
    if (error instanceof CodetetherError) await link.failed(failureOf(error));
    link.close();
    end(1);
  }
}

/** Of every worker of this process; what is not named here keeps its default. */
const WORKER_OPTIONS = {
  maxCachedWorkflows: 1000,
  maxConcurrentActivityTaskExecutions: 500,
  stickyQueueScheduleToStartTimeout: '1s',
  // Cancellation reaches an activity in answer to a heartbeat; the default would hold one back for 24 s.
  maxHeartbeatThrottleInterval: '3s',
  shutdownGraceTime: SHUTDOWN_GRACE,
  shutdownForceTime: SHUTDOWN_FORCE,
} as const;

interface ServeContext {
  readonly home: string;
  readonly launch: Launch;
  readonly logger: Logger;
  readonly link: SupervisorLink;
  readonly stop: AbortSignal;
}

async function serve(context: ServeContext): Promise<void> {
  const { home, launch, logger } = context;
  const target = targetOf(home, launch);
  const settings = workerSettingsSchema.parse(launch.worker.settings);
  const { namespace } = target;
  const codec = await openWorkerCodec({ home, settings, launch, namespace, logger });
  const common = { home, settings, logger, envelope: codec.envelope };
  const composed = composeActivities({ ...common, environment: processEnvironment() });
  // Whichever fails first is the reason that the supervisor is told; the other ends with the process.
  const [activities, connection] = await Promise.all([composed, connectWorker(target)]);
  const watches = watchActivities(home, { logger, inhibitsSleep: settings.inhibitSleep });
  const endWatch = watchClocks((event) => onClockEvent(event, logger));
  const remote = mountRemote({ ...common, launch, connection, target, version: ownVersion() });
  const api = await startApi(connection, launch, {
    codec: codec.routes,
    ui: uiRoutes(home, launch),
    remote,
  });
  try {
    if (target.kind === 'embedded') await keepHistory(connection, namespace);
    const client = new Client({ connection, namespace, ...codec.options });
    const bundle = await ownBundle(home);
    const asked = { client, home, hostId: launch.worker.hostId, bundle, logger };
    const workers = await createQueueWorkers({
      ...asked,
      served: await decideServing(asked),
      create: (taskQueue, codePath) =>
        Worker.create({
          connection,
          namespace,
          taskQueue,
          identity: `${process.pid}@${launch.worker.hostId}`,
          workflowBundle: { codePath },
          ...codec.options,
          activities,
          interceptors: { activity: watches.interceptors },
          ...WORKER_OPTIONS,
        }),
    });
    endTasksOfTheDead({ client, home, logger });
    watches.idle.start();
    await remote?.begin();
    await runUntilStopped(workers, {
      context,
      port: api.port,
      clusterId: await clusterIdOf(connection),
    });
    watches.inflight.close();
  } finally {
    endWatch();
    watches.close();
    remote?.close();
    await api.close();
    await connection.close();
  }
}

/** Shorter gaps leave connections alive. */
const BROKEN_AFTER_MS = 30_000;
const WAKE_GRACE_MS = 30_000;

function onClockEvent(event: ClockEvent, logger: Logger): void {
  if (event.kind === 'clock-set') {
    logger.log('warn', 'the clock was set', { by_s: Math.round(event.byMs / 1000) });
    return;
  }
  const streams = event.gapMs < BROKEN_AFTER_MS ? 0 : wakeStreams(WAKE_GRACE_MS);
  const text = event.kind === 'slept' ? 'the machine slept' : 'the worker stood still';
  logger.log('warn', text, { gap_s: Math.round(event.gapMs / 1000), open_streams: streams });
}

/** In the background: the server may still be too busy to answer, and new work need not wait for it. */
function endTasksOfTheDead(options: {
  readonly client: Client;
  readonly home: string;
  readonly logger: Logger;
}): void {
  const { client, home, logger } = options;
  const failer = attemptFailer(client);
  const end = async (): Promise<number> => {
    const noted = await failDeadTasks({
      folder: homePaths(home).inflight,
      fail: (token) => failer.byToken(token),
    });
    // What died between the server's hand and its own note.
    const lost = await failLostActivities({
      attempts: runningAttempts(client),
      hostId: hostId(home),
      ownPid: process.pid,
      isAlive: (pid) => identifyProcess(pid) !== null,
      fail: (attempt) => failer.byId(attempt),
    });
    return noted + lost;
  };
  end().then(
    (count) => logger.log('info', 'ended the tasks of dead workers', { count }),
    (error: unknown) =>
      logger.log('warn', 'tasks of dead workers wait for their heartbeats', { error }),
  );
}

async function runUntilStopped(
  workers: QueueWorkers,
  ready: {
    readonly context: ServeContext;
    readonly port: number;
    readonly clusterId: string | null;
  },
): Promise<void> {
  const { stop, link, logger } = ready.context;
  const running = workers.run(stop);
  link.ready(ready.port, ready.clusterId);
  logger.log('info', 'polling', { api_port: ready.port });
  await running;
}

async function startApi(
  connection: NativeConnection,
  launch: Launch,
  routes: {
    readonly codec: CodecRoutes | undefined;
    readonly ui: UiRoutes | undefined;
    readonly remote: MountedRemote | undefined;
  },
): Promise<ApiServer> {
  const app = createApp({
    ...routes,
    health: async () => ({
      version: ownVersion(),
      uptimeS: Math.round(process.uptime()),
      isTemporalReachable: await isReachable(connection),
    }),
  });
  return listenOnLoopback(app, {
    port: launch.worker.apiPort,
    isPortFixed: launch.worker.isPortFixed,
  });
}

/** Keeps the workflow bundle of this build for the time after the next upgrade. */
async function ownBundle(home: string): Promise<{ digest: string; codePath: string }> {
  const codePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  const require = createRequire(import.meta.url);
  const worker = versionIn(require.resolve('@temporalio/worker/package.json'));
  const digest = await keepBundle(home, codePath, { version: ownVersion(), worker });
  return { digest, codePath };
}

function ownVersion(): string {
  return versionIn(fileURLToPath(new URL('../../package.json', import.meta.url)));
}

function versionIn(manifestPath: string): string {
  const manifest: unknown = JSON.parse(readFileSync(manifestPath, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}

async function isReachable(connection: NativeConnection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2000, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}

function targetOf(home: string, launch: Launch): TemporalTarget {
  if (launch.temporal !== null) return embeddedTarget(home, launch);
  const external = externalTarget(processEnvironment());
  if (external !== null) return external;
  throw new InfrastructureError('ERR_TEMPORAL_CONFIG', {
    message:
      'the service was set up for a Temporal server elsewhere, but this environment names none',
    hint: 'set TEMPORAL_ADDRESS or TEMPORAL_PROFILE again, or run: codetether down',
    isRetryable: false,
  });
}

/** Signals are ours: the runtime would else keep the process after SIGTERM until every activity ended. */
function installRuntime(logger: Logger): void {
  const sdkLogger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    logger.log(level === 'WARN' ? 'warn' : level === 'ERROR' ? 'error' : 'debug', message, {
      ...meta,
    });
  });
  Runtime.install({ logger: sdkLogger, shutdownSignals: [] });
}

function levelOf(launch: Launch): LogLevel {
  return LOG_LEVELS.find((level) => level === launch.worker.logLevel) ?? 'info';
}

function failureOf(error: CodetetherError): ServiceFailure {
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

/** Nothing may hold the process: a terminal of a tool or a half-open socket is no reason to stay. */
function end(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), 250).unref();
}

main().catch(() => process.exit(1));
