import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DraftedPrd, DraftedScript } from '../client/index.js';
import type { Config } from '../config/index.js';
import type { DraftPrdInput, DraftScriptInput } from '../contracts/index.js';
import { openEnvelope } from '../keys/index.js';
import type { ServiceEndpoint } from '../service/index.js';
import { connectTemporal } from '../host/index.js';

/**
 * Workflow id of a draft: the same request has the same one, so that a command that was stopped finds its draft again. `salt`
 * makes another.
 */
export function draftWorkflowId(
  kind: 'prd' | 'script',
  input: DraftPrdInput | DraftScriptInput,
  salt = '',
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([input, salt]))
    .digest('hex');
  return `${kind}-draft/${digest.slice(0, 20)}`;
}

/** A draft to have made. */
export interface DraftRequest<Input> {
  readonly workflowId: string;
  readonly input: Input;
  /** Ends the waiting, never the draft. */
  readonly signal: AbortSignal;
}

/**
 * Has a PRD drafted by the running service; undefined when `signal` aborts first. See `draftPrd` of the client for errors.
 */
export async function requestDraft(
  config: Config,
  endpoint: ServiceEndpoint,
  { workflowId, input, signal }: DraftRequest<DraftPrdInput>,
): Promise<DraftedPrd | undefined> {
  const { draftPrd } = await import('../client/index.js');
  const { taskQueue } = endpoint;
  return waitFor({ config, endpoint, signal }, (temporal) =>
    draftPrd({ temporal, taskQueue, workflowId, input }),
  );
}

/** Has a script drafted; as {@link requestDraft}. */
export async function requestScriptDraft(
  config: Config,
  endpoint: ServiceEndpoint,
  { workflowId, input, signal }: DraftRequest<DraftScriptInput>,
): Promise<DraftedScript | undefined> {
  const { draftScript } = await import('../client/index.js');
  const { taskQueue } = endpoint;
  return waitFor({ config, endpoint, signal }, (temporal) =>
    draftScript({ temporal, taskQueue, workflowId, input }),
  );
}

async function waitFor<Draft>(
  {
    config,
    endpoint,
    signal,
  }: {
    readonly config: Config;
    readonly endpoint: ServiceEndpoint;
    readonly signal: AbortSignal;
  },
  make: (temporal: Client) => Promise<Draft>,
): Promise<Draft | undefined> {
  const connection = await connectTemporal(endpoint.target, openEnvelope(config));
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const work = make(connection.client);
  // closing the connection ends the waiting; that must not end the process
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    await connection.close();
  }
}
