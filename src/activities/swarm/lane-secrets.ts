import type { TreeDiff } from '../../platform/index.js';
import { readAdded } from '../proof/added/read-added.js';
import { describeSecrets, SecretSearch } from '../proof/added/secret-search.js';

/** What one lane is about to add. */
interface LaneChange {
  readonly id: string;
  readonly base: string;
  readonly diff: TreeDiff;
}

/**
 * What keeps lanes from landing because they added a secret, by the id of their subtask. All lanes are read together, and one by one only
 * when something was found: mostly nothing is.
 */
export async function secretsOfLanes(
  repository: { readonly gitDir: string },
  changes: readonly LaneChange[],
): Promise<ReadonlyMap<string, string>> {
  const all = await searchOf(repository, changes);
  const reasons = new Map<string, string>();
  if (all.isEmpty) return reasons;
  for (const change of changes) {
    const secrets = await (await searchOf(repository, [change])).fresh(repository, change.base);
    if (secrets.length > 0) reasons.set(change.id, describeSecrets(secrets));
  }
  return reasons;
}

async function searchOf(
  repository: { readonly gitDir: string },
  changes: readonly LaneChange[],
): Promise<SecretSearch> {
  const search = new SecretSearch();
  const files = changes.flatMap(({ diff }) => diff.files);
  await readAdded(repository, { files }, { take: (added) => search.take(added) });
  return search;
}
