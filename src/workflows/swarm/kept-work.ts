import { CancellationScope } from '@temporalio/workflow';
import {
  isWriter,
  type AttemptRecord,
  type Subtask,
  type WorkspaceRef,
} from '../../domain/index.js';
import type { SubtaskEnd } from '../lib/ledger.js';
import { failureFacts } from '../lib/failure.js';
import { workflowTime } from '../lib/scope.js';
import type { SwarmState } from './swarm-state.js';

/** Work of an attempt that did not land. */
export interface UnlandedWork {
  readonly subtask: Subtask;
  readonly title: string;
  readonly attempt: number;
  /** Commit that its agent started from. */
  readonly base: string;
}

/** Where a kept branch belongs, and what its commit says. */
function placeOf(state: SwarmState, { subtask, title, attempt, base }: UnlandedWork) {
  const { repository, branch, author } = state.input;
  return {
    repository,
    branch,
    author,
    subtask: subtask.id,
    attempt,
    base,
    message: `${subtask.id}: ${title}\n`,
    committedAt: workflowTime(),
  };
}

/** Keeps files that nobody could merge on a branch of its own, for a person; gives the branch. */
export async function keepTree(
  state: SwarmState,
  { tree, ...work }: UnlandedWork & { readonly tree: string },
): Promise<string> {
  const { branch } = await CancellationScope.nonCancellable(() =>
    state.steps.run('keepSubtask', {
      who: 'merge',
      summary: `${work.subtask.id} · kept on a branch`,
      args: { ...placeOf(state, work), tree },
    }),
  );
  return branch;
}

/**
 * Keeps what an agent left in its lane, whatever ended it, on a branch of its own; undefined when it changed nothing or may not. Never
 * throws: an end is not lost because its files are. Whoever cancelled does not wait for a full disk.
 */
export async function keepLane(
  state: SwarmState,
  {
    lane,
    laysOut,
    ...work
  }: UnlandedWork & { readonly lane: WorkspaceRef; readonly laysOut?: boolean },
): Promise<string | undefined> {
  const { id } = work.subtask;
  if (state.input.edition < 2 || !isWriter(work.subtask)) return undefined;
  const isEnding = CancellationScope.current().consideredCancelled;
  const call = {
    who: 'merge',
    summary: `${id} · what it left, on a branch`,
    args: {
      ...placeOf(state, work),
      lane,
      ...(laysOut === true ? { laysOut: true as const } : {}),
    },
  };
  try {
    const { branch } = await CancellationScope.nonCancellable(() =>
      isEnding ? state.steps.once('keepUnlanded', call) : state.steps.run('keepUnlanded', call),
    );
    return branch ?? undefined;
  } catch (error) {
    const text = `what it left is not kept: ${failureFacts(error).message}`;
    state.events.add('run.note', { story: id, text });
    return undefined;
  }
}

/** Of an end whose work is on a branch; the attempt itself does not name it, or the next agent would look for it in its lane. */
export function keptOn(
  branch: string,
  { reason }: Pick<AttemptRecord, 'reason'>,
): Pick<SubtaskEnd, 'branch' | 'reason'> {
  const words = `what it changed is on ${branch}`;
  return { branch, reason: reason === '' ? words : `${reason}; ${words}` };
}
