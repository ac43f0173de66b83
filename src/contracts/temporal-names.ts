import type {
  SearchAttributeKey,
  SearchAttributeType,
} from '@temporalio/common/lib/search-attributes.js';

/** Workflows that have not ended, those that an operator paused included, in Temporal's query language. */
export const OPEN_WORKFLOWS = 'CloseTime IS NULL';

/**
 * Search attributes as typed keys, registered when the embedded server starts (design.md section 9). Written out, because
 * Temporal's own function for them brings its packages into commands that never connect.
 */
export const SEARCH_ATTRIBUTES = {
  kind: { name: 'CodetetherKind', type: 'KEYWORD' },
  repository: { name: 'Repo', type: 'KEYWORD' },
  project: { name: 'Project', type: 'KEYWORD' },
  story: { name: 'Story', type: 'KEYWORD' },
  outcome: { name: 'Outcome', type: 'KEYWORD' },
  model: { name: 'Model', type: 'KEYWORD' },
} as const satisfies Readonly<Record<string, SearchAttributeKey<SearchAttributeType>>>;

/**
 * Queue of agents, tools and everything else that needs the workspaces of one host. `hostId` is stable across renames.
 * A higher generation begins when the workflows of the one before have to stay with an older bundle.
 */
export function hostQueue(hostId: string, generation = 1): string {
  return generation === 1 ? `codetether@${hostId}` : `codetether@${hostId}.${generation}`;
}
