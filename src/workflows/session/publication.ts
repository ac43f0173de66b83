import { CancellationScope } from '@temporalio/workflow';
import { failureFacts } from '../lib/failure.js';
import { factsOf } from './session-record.js';
import type { SessionState } from './session-state.js';

/**
 * Shows the files of a session on a branch of the person's repository, where they are not those that it shows already. One that cannot be
 * written is a note: the next prompt or rewind tries again. Never throws; true when the record changed.
 */
export async function publishFiles(state: SessionState): Promise<boolean> {
  const { repository, publishedBranch, branch: wanted, headCommit, baseCommit } = state.record;
  if (headCommit === (factsOf(state.record).published ?? baseCommit)) return false;
  try {
    const { branch, notes } = await CancellationScope.nonCancellable(() =>
      state.steps.once('publishSwarm', {
        who: 'commit',
        summary: `publish ${headCommit.slice(0, 10)}`,
        args: { repository, branch: publishedBranch ?? wanted, commit: headCommit },
      }),
    );
    state.record = {
      ...state.record,
      publishedBranch: branch,
      notes: [...new Set([...state.record.notes, ...notes])],
      session: { ...factsOf(state.record), published: headCommit },
    };
    return true;
  } catch (error) {
    const text = `its files are on no branch yet: ${failureFacts(error).message}`;
    state.events.add('run.note', { text });
    return false;
  }
}
