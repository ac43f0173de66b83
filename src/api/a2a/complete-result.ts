import { EVENT_SEQUENCE } from '../../domain/index.js';

type Fields = Record<string, unknown>;

/**
 * A result with the fields that a client may rely on: Proto-JSON leaves out empty lists, empty texts and zeros, also those that the
 * specification requires.
 */
export function completeResult(
  result: unknown,
  { method, checked }: { readonly method: string; readonly checked: Fields },
): unknown {
  if (method === 'ListTaskPushNotificationConfigs') {
    return { configs: [], nextPageToken: '', ...fields(result) };
  }
  if (method !== 'ListTasks') return result;
  const page = fields(result);
  const tasks: unknown[] = Array.isArray(page['tasks']) ? page['tasks'] : [];
  const hasArtifacts = checked['includeArtifacts'] === true;
  return {
    ...page,
    tasks: tasks.map((task) => (hasArtifacts ? { artifacts: [], ...fields(task) } : task)),
    nextPageToken: page['nextPageToken'] ?? '',
    pageSize: page['pageSize'] ?? 0,
    totalSize: page['totalSize'] ?? 0,
  };
}

/** Number of the event in a result, of either version; undefined where it has none. */
export function sequenceOf(result: unknown): number | undefined {
  const outer = fields(result);
  const event = fields(outer['task'] ?? outer['statusUpdate'] ?? outer['artifactUpdate'] ?? outer);
  const { sequence } = fields(fields(event['metadata'])[EVENT_SEQUENCE]);
  return typeof sequence === 'number' ? sequence : undefined;
}

/** States of v0.3 in which the turn of the agent is over, beside those that the adapter knows. */
const WAITING: readonly unknown[] = ['input-required', 'auth-required'];

/** True for a status of v0.3 that ends the client's stream. */
export function isFinal(result: unknown): boolean {
  const event = fields(result);
  return event['kind'] === 'status-update' && WAITING.includes(fields(event['status'])['state']);
}

/** The same with v0.3's flag. */
export function markFinal(result: unknown): unknown {
  return { ...fields(result), final: true };
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
