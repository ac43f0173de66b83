import { ulid } from 'ulid';
import type { Config } from '../config/index.js';
import type { ProbeResult } from '../contracts/index.js';
import type { ModelReference } from '../domain/index.js';
import { openEnvelope } from '../keys/index.js';
import type { ServiceEndpoint } from '../service/index.js';
import { connectTemporal } from '../host/index.js';

/** Has the running service ask a model for one word with the key in Vault. See `probeModel` of the client for errors. */
export async function testProvider(
  config: Config,
  endpoint: ServiceEndpoint,
  model: ModelReference,
): Promise<ProbeResult> {
  const { probeModel } = await import('../client/index.js');
  const connection = await connectTemporal(endpoint.target, openEnvelope(config));
  try {
    return await probeModel({
      temporal: connection.client,
      taskQueue: endpoint.taskQueue,
      workflowId: `probe/${ulid()}`,
      input: { model },
    });
  } finally {
    await connection.close();
  }
}
