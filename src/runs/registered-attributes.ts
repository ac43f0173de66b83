import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/index.js';
import type { TemporalTarget } from '../host/index.js';

/** True where our search attributes are there; the embedded server registers them when it starts. */
export async function registeredAttributes(
  client: Client,
  target: TemporalTarget,
): Promise<boolean> {
  if (target.kind === 'embedded') return true;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
    namespace: target.namespace,
  });
  return Object.values(SEARCH_ATTRIBUTES).every(({ name }) => name in (customAttributes ?? {}));
}
