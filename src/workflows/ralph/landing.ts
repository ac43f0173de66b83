import { CancellationScope } from '@temporalio/workflow';
import { type Conflict, type StoryInput, type StoryResult } from '../../contracts/index.js';
import {
  addSpending,
  existingChecks,
  isAcceptable,
  proofLimitMs,
  type AttemptRecord,
  type Proof,
  type Story,
} from '../../domain/index.js';
import { MergeQueue } from '../lib/merge-queue.js';
import { workflowTime } from '../lib/scope.js';
import { endAttempt } from '../lib/ledger.js';
import type { RunState } from './run-state.js';
import { headOf } from './story-input.js';

/** A proven attempt that wants to become a commit. */
export interface Candidate {
  readonly story: Story;
  readonly input: StoryInput;
  readonly result: StoryResult;
}

/** What became of a candidate. */
export type Landing =
  | { readonly kind: 'landed' }
  /** The work does not fit what landed meanwhile; `feedback` is for the next attempt. */
  | {
      readonly kind: 'open';
      readonly attempt: AttemptRecord;
      readonly feedback: string;
      readonly branch: string | null;
    };

/** Runs the agent that resolves a conflict. */
export type RunResolver = (input: StoryInput) => Promise<StoryResult>;

/** How proven stories become commits: what the merge queue does with each of them. */
export class StoryLanding {
  private readonly state: RunState;
  private readonly runResolver: RunResolver;
  private readonly queue: MergeQueue<Candidate, Conflict, Landing>;

  constructor(state: RunState, runResolver: RunResolver) {
    this.state = state;
    this.runResolver = runResolver;
    this.queue = new MergeQueue({
      head: () => state.record.headCommit,
      base: ({ input }) => input.base,
      commit: (candidate, head) =>
        this.commit(candidate, { parent: head, tree: candidate.result.proof?.tree ?? '' }),
      merge: (candidate, head) => this.merge(candidate, head),
      resolve: (candidate, conflict, head) => this.resolve(candidate, { conflict, head }),
      giveUp: (candidate, conflict) => this.keepOpen(candidate, conflict),
    });
  }

  /** Lands a candidate, with one agent to resolve a conflict if there is one. */
  land(candidate: Candidate): Promise<Landing> {
    return this.queue.land(candidate);
  }

  private async merge(
    candidate: Candidate,
    head: string,
  ): Promise<
    Landing | { readonly kind: 'conflict'; readonly conflict: Conflict; readonly head: string }
  > {
    const { state } = this;
    const { input, result } = candidate;
    const tree = result.proof?.tree ?? '';
    state.events.add('merge.start', {
      story: candidate.story.id,
      text: `merging with what landed since ${input.base.slice(0, 10)}`,
    });
    const { story } = candidate;
    const merged = await state.steps.run('mergeStory', {
      who: 'merge',
      summary: `${story.id} · merge with ${head.slice(0, 10)}`,
      args: { repository: state.input.repository, base: input.base, head, tree, story },
    });
    if (merged.kind === 'conflict') {
      state.events.add('merge.end', {
        story: candidate.story.id,
        text: `conflict in ${merged.files.slice(0, 5).join(', ')}`,
      });
      return { kind: 'conflict', conflict: { tree: merged.tree, files: merged.files }, head };
    }
    return this.landMerged(candidate, { parent: head, tree: merged.tree });
  }

  /** A clean merge proves nothing: the checks run again on the merged tree. */
  private async landMerged(
    candidate: Candidate,
    merged: { readonly parent: string; readonly tree: string },
  ): Promise<Landing> {
    const { state } = this;
    const { input, story } = candidate;
    const { checks, setup } = input;
    const { verificationSteps } = story;
    const proof = await state.steps.run('proveMerged', {
      who: 'merge',
      summary: `${story.id} · proof of the merged tree`,
      extraMs: proofLimitMs({ checks, verificationSteps, setup }),
      args: {
        proofLane: input.proofLane,
        base: merged.parent,
        tree: merged.tree,
        checks,
        verificationSteps,
        setup,
        baseline: input.baseline,
        existing: existingChecks(state.record),
        head: headOf(input),
      },
    });
    const isGood = proof.verdict === 'passed' || proof.verdict === 'unverified';
    state.events.add('merge.end', {
      story: story.id,
      text: isGood ? 'merged, and proven again' : `merged, but ${mergedProblem(proof)}`,
    });
    if (!isGood) {
      const { attempt } = candidate.result;
      return {
        kind: 'open',
        attempt: {
          ...attempt,
          outcome: 'merge_failed',
          reason: isUnprepared(proof)
            ? 'passes alone, but together with what landed meanwhile its dependencies could not be prepared'
            : 'passes alone, but not together with what landed meanwhile',
          evidence: [...attempt.evidence, ...proof.evidence],
        },
        feedback: mergedFeedback(proof),
        branch: await this.keep(candidate),
      };
    }
    return this.commit(provenAgain(candidate, proof), merged);
  }

  private async commit(
    { story, result }: Candidate,
    at: { readonly parent: string; readonly tree: string },
  ): Promise<Landing> {
    const { state } = this;
    const { input } = state;
    const isVerified = result.proof?.verdict !== 'unverified';
    const committedAt = workflowTime();
    // A cancellation that comes now waits: a commit that nobody knows of would stand in the way of the next one.
    const branch = state.record.publishedBranch ?? input.branch;
    const landed = await CancellationScope.nonCancellable(() =>
      state.steps.run('landStory', {
        who: 'commit',
        summary: `${story.id} · commit on ${branch}`,
        args: {
          repository: input.repository,
          branch,
          prdPath: input.prdPath,
          story,
          attempt: result.attempt,
          model: input.options.model,
          author: input.author,
          ...at,
          isVerified,
          committedAt,
        },
      }),
    );
    state.record = endAttempt(
      {
        ...state.record,
        headCommit: landed.commit,
        publishedBranch: landed.branch,
        notes: [...new Set([...state.record.notes, ...landed.notes])],
      },
      story.id,
      {
        attempt: result.attempt,
        status: isVerified ? 'passed' : 'unverified',
        commit: landed.commit,
      },
    );
    state.events.add('commit.end', {
      story: story.id,
      text: `${landed.commit.slice(0, 10)} on ${landed.branch}`,
    });
    return { kind: 'landed' };
  }

  /** One agent, in the story's own lane, on the files with conflict marks; what it spent counts for the story. */
  private async resolve(
    candidate: Candidate,
    { conflict, head }: { readonly conflict: Conflict; readonly head: string },
  ): Promise<{ readonly isResolved: boolean; readonly candidate: Candidate }> {
    const existing = existingChecks(this.state.record);
    const input: StoryInput = { ...candidate.input, base: head, conflict, existing };
    const result = await this.runResolver(input);
    const isResolved = result.proof?.verdict === 'passed' || result.proof?.verdict === 'unverified';
    const spending = addSpending(candidate.result.attempt.spending, result.attempt.spending);
    if (!isResolved) return { isResolved, candidate: withAttempt(candidate, { spending }) };
    const { evidence, changedFiles } = result.attempt;
    const merged = withAttempt(candidate, { spending, evidence, changedFiles });
    return {
      isResolved,
      candidate: { ...merged, input, result: { ...merged.result, proof: result.proof } },
    };
  }

  /** The story stays open, and its work is kept on a branch of its own. */
  private async keepOpen(candidate: Candidate, conflict: Conflict): Promise<Landing> {
    const files = conflict.files.slice(0, 10).join(', ');
    return {
      kind: 'open',
      attempt: {
        ...candidate.result.attempt,
        outcome: 'merge_failed',
        reason: `conflicts with what landed meanwhile in ${files}`,
      },
      feedback: `Your earlier work on this story was good, but it conflicted with what other stories changed meanwhile in ${files}. Do the story again on top of the files as they are now.`,
      branch: await this.keep(candidate),
    };
  }

  private async keep({ story, input, result }: Candidate): Promise<string> {
    const { state } = this;
    const kept = await CancellationScope.nonCancellable(() =>
      state.steps.once('keepStory', {
        summary: `${story.id} · keep its work on a branch`,
        args: {
          repository: state.input.repository,
          branch: state.input.branch,
          story,
          attempt: result.attempt,
          model: state.input.options.model,
          author: state.input.author,
          base: input.base,
          tree: result.proof?.tree ?? '',
          committedAt: workflowTime(),
        },
      }),
    );
    state.events.add('merge.end', { story: story.id, text: `its work is kept on ${kept.branch}` });
    return kept.branch;
  }
}

function withAttempt(candidate: Candidate, change: Partial<AttemptRecord>): Candidate {
  const { result } = candidate;
  return { ...candidate, result: { ...result, attempt: { ...result.attempt, ...change } } };
}

/** What lands is the merged tree: its evidence counts, and its verdict where the story alone had another one. */
function provenAgain(candidate: Candidate, { evidence, verdict }: Proof): Candidate {
  const own = candidate.result.proof;
  const change = MERGED_ENDS[verdict];
  if (own === null || own.verdict === verdict || change === undefined)
    return withAttempt(candidate, { evidence });
  const { result } = withAttempt(candidate, { evidence, ...change });
  return { ...candidate, result: { ...result, proof: { ...own, evidence, verdict } } };
}

/** How an attempt ends whose merged tree has another verdict than its own. */
const MERGED_ENDS: Readonly<
  Partial<Record<Proof['verdict'], Pick<AttemptRecord, 'outcome' | 'reason'>>>
> = {
  passed: {
    outcome: 'passed',
    reason: 'the checks that landed meanwhile passed on the merged tree',
  },
  unverified: {
    outcome: 'unverified',
    reason: 'no check of the merged tree exists that could prove it',
  },
};

function isUnprepared({ verdict }: Proof): boolean {
  return verdict === 'setup-failed';
}

function mergedProblem(proof: Proof): string {
  return isUnprepared(proof)
    ? 'the dependencies of the merged tree could not be prepared'
    : 'the checks fail on the merged tree';
}

function mergedFeedback(proof: Proof): string {
  const failed = proof.evidence.filter((item) => !isAcceptable(item)).map((item) => item.check);
  const problem = isUnprepared(proof)
    ? `the dependencies could not be prepared${proof.problem === undefined ? '' : `: ${proof.problem}`}. Mind manifests and lock files`
    : `these checks fail: ${failed.join(', ')}`;
  return `Your earlier work passed alone, but together with what other stories changed meanwhile ${problem}. Do the story again on top of the files as they are now.`;
}
