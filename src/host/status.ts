import { existsSync, rmSync } from 'node:fs';
import { InfrastructureError, type ServedQueue } from '../domain/index.js';
import { sendControl } from './control-client.js';
import { stopProcess, waitUntilGone } from './light/child.js';
import { lockHolder } from './light/lock.js';
import { findProcesses, isAlive, signalProcess } from './light/process-identity.js';
import { serviceFiles } from './light/service-files.js';
import type { Isolation } from './light/isolation.js';
import { UI_PATH } from './temporal/temporal-arguments.js';
import {
  readLaunch,
  readState,
  type Launch,
  type ServiceProcess,
  type ServiceState,
} from './light/state.js';
import { readServedBundles } from './temporal/bundle-store.js';

/** What is known about a home's service without asking it anything. */
export interface ServiceStatus {
  readonly phase: ServiceState['phase'] | 'stopped';
  /** Living processes only. */
  readonly processes: readonly ServiceProcess[];
  readonly uiUrl: string | null;
  /** How the embedded server is kept from others; null when it does not run. */
  readonly isolation: Isolation | null;
  readonly namespace: string | null;
  /** gRPC port of the embedded server; null when it does not run. */
  readonly temporalPort: number | null;
  readonly logs: readonly string[];
  /** Queues whose open runs need an older workflow bundle. */
  readonly olderQueues: readonly ServedQueue[];
}

/** Reads what runs for `home`; starts nothing. */
export function serviceStatus(home: string): ServiceStatus {
  const files = serviceFiles(home);
  const state = readState(files.state);
  const processes = (state?.processes ?? []).filter(isAlive);
  const launch = readLaunch(files.launch);
  return {
    phase: phaseOf(state, processes),
    processes,
    ...serverStatus(launch, processes),
    namespace: launch?.worker.namespace ?? null,
    olderQueues: readServedBundles(home)?.older ?? [],
    logs: [
      files.logs.supervisor,
      files.logs.worker,
      files.logs.temporal,
      ...(existsSync(files.vault.folder) ? [files.logs.vault] : []),
    ],
  };
}

function serverStatus(
  launch: Launch | null,
  processes: readonly ServiceProcess[],
): Pick<ServiceStatus, 'uiUrl' | 'isolation' | 'temporalPort'> {
  const portOf = (wanted: ServiceProcess['role']): number | null =>
    processes.find(({ role }) => role === wanted)?.port ?? null;
  const isRunning = processes.some(({ role }) => role === 'temporal');
  if (!isRunning) return { uiUrl: null, isolation: null, temporalPort: null };
  return {
    uiUrl: uiUrlOf(launch, portOf('worker')),
    isolation: launch?.temporal?.isolation ?? 'none',
    temporalPort: portOf('temporal'),
  };
}

/** A state file that a killed service left behind says nothing about the present. */
function phaseOf(
  state: ServiceState | null,
  living: readonly ServiceProcess[],
): ServiceStatus['phase'] {
  if (state === null) return 'stopped';
  return living.length === 0 && state.phase !== 'failed' ? 'stopped' : state.phase;
}

/** The process of a role while it lives. */
export function livingProcess(
  state: ServiceState | null,
  role: string,
): ServiceState['processes'][number] | undefined {
  return state?.processes.find((process) => process.role === role && isAlive(process));
}

/** Temporal's web interface on the API of this service; null where there is none. */
export function uiUrlOf(launch: Launch | null, apiPort: number | null): string | null {
  const isolation = launch?.temporal?.isolation ?? 'none';
  return isolation === 'none' || apiPort === null ? null : `http://127.0.0.1:${apiPort}${UI_PATH}`;
}

/** The supervisor drains the worker (20 s at most), then ends the server (10 s at most). */
const STOP_TIMEOUT_MS = 45_000;

/** Drains and stops the service, orphans included; returns what was stopped. Throws `ERR_SERVICE_STOP`. */
export async function stopService(home: string): Promise<readonly ServiceProcess[]> {
  const files = serviceFiles(home);
  const running = serviceStatus(home).processes;
  const holder = lockHolder(files.lock);
  if (holder !== null) {
    const isAsked = await sendControl(files.socket, { type: 'down' });
    if (!isAsked) signalProcess(holder, 'SIGTERM');
    if (!(await waitUntilGone(holder, STOP_TIMEOUT_MS))) signalProcess(holder, 'SIGKILL');
  }
  // The worker first: without a supervisor it would start another one.
  for (const role of ['worker', 'temporal', 'vault'] as const) {
    const left = running.filter((process) => process.role === role);
    for (const process of left) await stopProcess(process, 10_000);
  }
  for (const stranger of findProcesses(['--db-filename', files.database]))
    await stopProcess(stranger, 10_000);
  const survivors = running.filter(isAlive);
  if (survivors.length > 0) {
    throw new InfrastructureError('ERR_SERVICE_STOP', {
      message: `could not stop ${survivors.map(({ role, pid }) => `${role} (pid ${pid})`).join(', ')}`,
      hint: `read ${files.logs.supervisor}`,
    });
  }
  rmSync(files.state, { force: true });
  return running;
}
