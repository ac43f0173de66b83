import { createHash } from 'node:crypto';
import type { DraftedPrd } from '../client/index.js';
import type { Config } from '../config/index.js';
import type { DraftPrdInput } from '../contracts/index.js';
import { openEnvelope } from '../keys/index.js';
import type { ServiceEndpoint } from '../service/index.js';
import { connectTemporal } from '../host/index.js';

/**
 * Workflow id of a draft: the same request has the same one, so that a command that was stopped finds its draft again. `salt`
 * makes another.
 */
export function draftWorkflowId(input: DraftPrdInput, salt = ''): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([input, salt]))
    .digest('hex');
  return `prd-draft/${digest.slice(0, 20)}`;
}

/** A draft to have made. */
export interface DraftRequest {
  readonly workflowId: string;
  readonly input: DraftPrdInput;
  /** Ends the waiting, never the draft. */
  readonly signal: AbortSignal;
}

/**
 * Has a PRD drafted by the running service; undefined when `signal` aborts first. See `draftPrd` of the client for errors.
 */
export async function requestDraft(
  config: Config,
  endpoint: ServiceEndpoint,
  { workflowId, input, signal }: DraftRequest,
): Promise<DraftedPrd | undefined> {
  const { draftPrd } = await import('../client/index.js');
  const connection = await connectTemporal(endpoint.target, openEnvelope(config));
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const { client } = connection;
  const work = draftPrd({ temporal: client, taskQueue: endpoint.taskQueue, workflowId, input });
  // closing the connection ends the waiting; that must not end the process
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    await connection.close();
  }
}
