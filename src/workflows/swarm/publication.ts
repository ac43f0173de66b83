import { isCancellation } from '@temporalio/workflow';
import { failureFacts } from '../lib/failure.js';
import type { SwarmState } from './swarm-state.js';

/** The files are brought to the person's repository before anybody talks about them. */
export async function publish(state: SwarmState): Promise<void> {
  if (!hasUnpublished(state)) return;
  try {
    await bring(state, 'run');
  } catch (error) {
    if (!isCancellation(error)) state.triedHead = state.record.headCommit;
    throw error;
  }
  await state.save();
}

/**
 * What landed is shown by a branch also when the swarm fails or is cancelled. One try: an end waits for no disk, and what could not be
 * published just now cannot be now. Never throws.
 */
export async function publishAtEnd(state: SwarmState): Promise<void> {
  if (!hasUnpublished(state)) return;
  try {
    await bring(state, 'once');
  } catch (error) {
    const note = `what landed is on no branch: ${failureFacts(error).message}; swarm retry goes on with it`;
    state.record = { ...state.record, notes: [...state.record.notes, note] };
  }
}

function hasUnpublished({ input, record, triedHead }: SwarmState): boolean {
  const { headCommit, baseCommit } = record;
  return input.hasFiles && headCommit !== baseCommit && headCommit !== triedHead;
}

async function bring(state: SwarmState, how: 'run' | 'once'): Promise<void> {
  const { input, record } = state;
  const { headCommit } = record;
  const call = {
    who: 'commit',
    summary: `publish ${headCommit.slice(0, 10)}`,
    args: {
      repository: input.repository,
      branch: record.publishedBranch ?? input.branch,
      commit: headCommit,
    },
  };
  const { steps } = state;
  const { branch, notes } = await (how === 'run'
    ? steps.run('publishSwarm', call)
    : steps.once('publishSwarm', call));
  state.triedHead = headCommit;
  state.record = {
    ...state.record,
    publishedBranch: branch,
    notes: [...new Set([...state.record.notes, ...notes])],
  };
  state.events.add('commit.end', { text: `${headCommit.slice(0, 10)} on ${branch}` });
}
