import type { Client, Connection } from '@temporalio/client';
import { DEFAULTS } from '../../contracts/index.js';
import { InfrastructureError } from '../../domain/index.js';
import type { Envelope } from '../../platform/index.js';
import { codecOptions } from './data-converter.js';
import type { TemporalTarget } from './temporal-target.js';

/** An open connection to Temporal. */
export interface TemporalConnection {
  readonly client: Client;
  close(): Promise<void>;
}

/** The part of a connection that {@link keepHistory} needs; both kinds of the SDK have it. */
export interface NamespaceService {
  readonly workflowService: Pick<
    Connection['workflowService'],
    'describeNamespace' | 'updateNamespace' | 'getClusterInfo'
  >;
}

/**
 * Connects a client; with an envelope it reads and writes sealed payloads. Throws `ERR_TEMPORAL_UNREACHABLE`. The SDK is loaded here: most
 * commands that know Temporal never connect.
 */
export async function connectTemporal(
  target: TemporalTarget,
  envelope: Envelope | null,
): Promise<TemporalConnection> {
  const temporal = await import('@temporalio/client');
  try {
    const connection = await temporal.Connection.connect({
      ...target.connectionOptions,
      connectTimeout: '10s',
    });
    return {
      client: new temporal.Client({
        connection,
        namespace: target.namespace,
        // so that what our commands do is not taken for an operator's
        identity: `codetether:${process.pid}`,
        ...codecOptions(envelope, target.namespace),
      }),
      close: () => connection.close(),
    };
  } catch (error) {
    throw unreachable(target, error);
  }
}

/** The error for a Temporal server that does not answer. */
export function unreachable(target: TemporalTarget, cause: unknown): InfrastructureError {
  return new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', {
    message: `Temporal at ${target.address} does not answer (${cause instanceof Error ? cause.message : String(cause)})`,
    hint:
      target.kind === 'external'
        ? 'check TEMPORAL_ADDRESS, TLS and API key'
        : 'run: codetether doctor',
    cause,
  });
}

const DAY_S = 86_400;

/**
 * Sets the retention of an embedded namespace: its default of one day would lose Friday's failed run by Monday, and
 * the server program has no flag for it. Does nothing when it is set already.
 */
export async function keepHistory(connection: NamespaceService, namespace: string): Promise<void> {
  const wanted = DEFAULTS.retentionDays * DAY_S;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === wanted) return;
  const { msToTs } = await import('@temporalio/common/lib/time.js');
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(wanted * 1000) },
  });
}

/** Id of the cluster behind a connection: it belongs to the database, so it tells our server from a stranger's. */
export async function clusterIdOf(connection: NamespaceService): Promise<string | null> {
  const { clusterId } = await connection.workflowService.getClusterInfo({});
  return clusterId ?? null;
}
