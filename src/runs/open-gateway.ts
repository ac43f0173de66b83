import type { Gateway } from '../client/index.js';
import type { Config } from '../config/index.js';
import { DEFAULTS } from '../contracts/index.js';
import { saveRunPlan } from '../platform/index.js';
import { openEnvelope } from '../keys/index.js';
import type { ServiceEndpoint } from '../service/index.js';
import { localEvents, localRunRecords } from './local-ports.js';
import { registeredAttributes } from './registered-attributes.js';
import { connectTemporal } from '../host/index.js';

/** A gateway and the connection under it. */
export interface OpenGateway {
  readonly gateway: Gateway;
  /** False on a cluster where somebody has yet to register our search attributes. */
  readonly hasSearchAttributes: boolean;
  close(): Promise<void>;
}

/** Connects to the running service. Throws `ERR_TEMPORAL_UNREACHABLE` (exit 3). */
export async function openGateway(config: Config, endpoint: ServiceEndpoint): Promise<OpenGateway> {
  const { createGateway } = await import('../client/index.js');
  const envelope = openEnvelope(config);
  const connection = await connectTemporal(endpoint.target, envelope);
  const { client } = connection;
  const close = (): Promise<void> => connection.close();
  const gateway = createGateway({
    temporal: client,
    records: localRunRecords(config.home),
    events: localEvents(config.home, envelope),
    taskQueue: endpoint.taskQueue,
    savePlan: (plan) => saveRunPlan(config.home, plan),
    maxOpenRuns: DEFAULTS.maxOpenRuns,
  });
  const hasSearchAttributes = await registeredAttributes(client, endpoint.target);
  return { gateway, hasSearchAttributes, close };
}
