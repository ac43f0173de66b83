import { ulid } from 'ulid';
import { probeModel } from '../../client/index.js';
import type { ProbeResult } from '../../contracts/index.js';
import type { ModelReference } from '../../domain/index.js';
import type { ServiceEndpoint } from '../ensure.js';
import { connectTemporal } from '../temporal-connection.js';

/** Has the running service ask a model for one word with the key in Vault. See `probeModel` of the client for errors. */
export async function testProvider(
  endpoint: ServiceEndpoint,
  model: ModelReference,
): Promise<ProbeResult> {
  const connection = await connectTemporal(endpoint.target);
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
