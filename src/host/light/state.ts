import { readJson } from './json-file.js';
import type { Isolation } from './isolation.js';
import type { ProcessIdentity } from './process-identity.js';

/** Parts of the service. */
export type ServiceRole = 'supervisor' | 'temporal' | 'worker' | 'vault';

/** One running part. */
export interface ServiceProcess extends ProcessIdentity {
  readonly role: ServiceRole;
  readonly port: number | null;
  /** ISO 8601. */
  readonly startedAt: string;
  /** How often it had to be started again since `up`. */
  readonly restarts: number;
  /** Of what it was started with; another one wanted means a new start. */
  readonly digest: string;
}

/** Why the service could not start, in the words for the user. */
export interface ServiceFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The supervisor's state file. */
export interface ServiceState {
  readonly version: 1;
  readonly phase: 'starting' | 'ready' | 'stopping' | 'failed';
  readonly processes: readonly ServiceProcess[];
  /** Id of the Temporal cluster that the worker met. */
  readonly clusterId: string | null;
  readonly failure: ServiceFailure | null;
}

/** What the supervisor is to start; written by the command that starts it, without secrets. */
export interface Launch {
  readonly version: 1;
  /** Null when Temporal runs elsewhere. */
  readonly temporal: TemporalLaunch | null;
  readonly worker: WorkerLaunch;
  /** The local OpenBao; null or absent = none. */
  readonly vault?: VaultLaunch | null;
}

/** The local OpenBao. */
export interface VaultLaunch {
  /** Absolute path of the `bao` program. */
  readonly program: string;
  readonly port: number;
}

/** The embedded server. */
export interface TemporalLaunch {
  /** Absolute path of the `temporal` program. */
  readonly program: string;
  /** Arguments without ports. */
  readonly args: readonly string[];
  readonly port: number;
  /** The user chose the port: never replaced by another. */
  readonly isPortFixed: boolean;
  /** How it is kept from others; absent in launches of older versions, which left it open. */
  readonly isolation?: Isolation;
}

/** The worker process. */
export interface WorkerLaunch {
  readonly entry: string;
  readonly nodeArgs: readonly string[];
  readonly apiPort: number;
  readonly isPortFixed: boolean;
  readonly hostId: string;
  readonly namespace: string;
  readonly logLevel: string;
  /** Settings of the worker as JSON; parsed by the worker. */
  readonly settings: unknown;
  /** Of everything the worker reads at its start. */
  readonly digest: string;
}

/** The state file, or null when nothing was started or it is of another version. */
export function readState(path: string): ServiceState | null {
  const value = readJson(path);
  return isVersionOne(value) ? (value as unknown as ServiceState) : null;
}

/** The launch file, or null. */
export function readLaunch(path: string): Launch | null {
  const value = readJson(path);
  return isVersionOne(value) ? (value as unknown as Launch) : null;
}

function isVersionOne(value: unknown): value is { readonly version: 1 } {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}
