import type { SuspiciousLine } from '../../../domain/index.js';
import type { TreeDiff, WorkspaceFolders } from '../../../platform/index.js';
import { readAdded, type SearchLimits, type UnseenFiles } from './read-added.js';
import { SecretSearch, type FoundSecret } from './secret-search.js';
import { SuspiciousSearch } from './suspicious-search.js';

/** What was found among the lines that a story added, read once for all that is looked for. */
export interface AddedFindings {
  readonly lines: readonly SuspiciousLine[];
  readonly secrets: readonly FoundSecret[];
  readonly unseen: UnseenFiles;
}

/** Looks through the lines that a story added to what `base` has. */
export async function searchAdded(
  lane: Pick<WorkspaceFolders, 'gitDir'>,
  { base, diff }: { readonly base: string; readonly diff: TreeDiff },
  limits?: SearchLimits,
): Promise<AddedFindings> {
  const suspicious = new SuspiciousSearch();
  const secrets = new SecretSearch();
  const unseen = await readAdded(lane, diff, {
    limits,
    take(added) {
      suspicious.take(added);
      secrets.take(added);
    },
  });
  return { lines: suspicious.lines, secrets: await secrets.fresh(lane, base), unseen };
}
