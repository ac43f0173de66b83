import type { RunRecord } from '../../domain/index.js';
import {
  bareRepository,
  createGit,
  openUserRepository,
  removeFolder,
  runRef,
  type Git,
  type RunRecords,
} from '../../platform/index.js';
import type { DiscardPlan } from './discard-plan.js';
import { reopenStories } from './reopen-stories.js';

/** What a discard did. */
export interface DiscardResult {
  /** Branches that are gone or back where they were. */
  readonly branches: readonly string[];
  /** Stories whose `passes` was set to false again. */
  readonly reopened: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Removes a run's work: its branches where they still stand at its commits, its refs and lanes in the engine's clone. The
 * person's files are not touched, but for `passes` in the PRD. Repeating it after a crash goes on where it stood; the record
 * is kept and says when.
 */
export async function discardRun(
  engine: { readonly home: string; readonly records: RunRecords },
  discard: { readonly record: RunRecord; readonly plan: DiscardPlan; readonly keepsPrd: boolean },
): Promise<DiscardResult> {
  const { record, plan } = discard;
  const notes = [...plan.kept];
  const removed: string[] = [];
  if (plan.branches.length > 0) {
    const { git } = await openUserRepository(record.repository);
    for (const { name, tip, resetTo } of plan.branches) {
      const ref = `refs/heads/${name}`;
      const move = resetTo === null ? ['-d', ref, tip] : [ref, resetTo, tip];
      const answer = await git.run(['update-ref', ...move], { accept: [1, 128] });
      if (answer.exitCode === 0) removed.push(name);
      else notes.push(`${name} moved meanwhile and stays`);
    }
  }
  const bare = createGit({ gitDir: bareRepository(engine.home, record.repository) });
  await deleteRefs(bare, record.runId).catch(() =>
    notes.push('the engine’s clone is gone already'),
  );
  await removeFolder(plan.lanes);
  const update = discard.keepsPrd
    ? { reopened: [], note: '' }
    : await reopenStories(record.prdPath, plan.stories);
  if (update.note !== '') notes.push(update.note);
  const discardedAt = new Date().toISOString();
  await engine.records.change(record.runId, (current) => ({
    ...current,
    discardedAt: current.discardedAt ?? discardedAt,
  }));
  return { branches: removed, reopened: update.reopened, notes };
}

/** Deletes the run's refs in the engine's clone; its objects go with the next collection. */
async function deleteRefs(bare: Git, runId: string): Promise<void> {
  const listed = await bare.run([
    'for-each-ref',
    '--format=delete %(refname)',
    runRef(runId),
    `${runRef(runId)}-kept/`,
    `refs/codetether/lanes/${runId}/`,
    `refs/codetether/merges/${runId}`,
  ]);
  await bare.run(['update-ref', '--stdin'], { stdin: listed.stdout });
}
