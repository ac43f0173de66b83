import { defineSearchAttributeKey } from '@temporalio/common';

/** Workflows that have not ended, those that an operator paused included, in Temporal's query language. */
export const OPEN_WORKFLOWS = 'CloseTime IS NULL';

/** Search attributes as typed keys, registered when the embedded server starts (design.md section 9). */
export const SEARCH_ATTRIBUTES = {
  kind: defineSearchAttributeKey('CodetetherKind', 'KEYWORD'),
  repository: defineSearchAttributeKey('Repo', 'KEYWORD'),
  project: defineSearchAttributeKey('Project', 'KEYWORD'),
  story: defineSearchAttributeKey('Story', 'KEYWORD'),
  outcome: defineSearchAttributeKey('Outcome', 'KEYWORD'),
  model: defineSearchAttributeKey('Model', 'KEYWORD'),
} as const;

/**
 * Queue of agents, tools and everything else that needs the workspaces of one host. `hostId` is stable across renames.
 * A higher generation begins when the workflows of the one before have to stay with an older bundle.
 */
export function hostQueue(hostId: string, generation = 1): string {
  return generation === 1 ? `codetether@${hostId}` : `codetether@${hostId}.${generation}`;
}
